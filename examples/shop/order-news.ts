/** The news that an order has changed, to whoever follows it, in this process or in another one. */

import { channel, dependency, postgresBus, type ChannelBus } from "apus";
import { settings } from "./settings.ts";

/** On PostgreSQL news go to all processes; with a file there is only this one. */
export const bus = dependency({ scope: "app" }, async function* ({ log }) {
  const { databaseUrl } = settings;
  await using opened = databaseUrl.startsWith("sqlite:") ? undefined : await postgresBus({ url: databaseUrl, log });
  yield opened;
});

/** Only that there is news: what it is stands in the database, where nothing is lost. */
export async function announce(orderId: string, through: ChannelBus | undefined): Promise<void> {
  await channel(`orders:${orderId}`, { through }).publish(true);
}
