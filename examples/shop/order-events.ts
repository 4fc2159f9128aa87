/** The states of an order as server-sent events: those that were, then those that come. */

import { setTimeout as sleep } from "node:timers/promises";
import { channel, empty, event, lastEventId, Router } from "apus";
import type { Kysely } from "kysely";
import { z } from "zod";
import { user } from "./accounts.ts";
import { db, type OrderState, type Tables } from "./database.ts";
import { bus } from "./order-news.ts";
import { findOrder, State } from "./orders.ts";

const OrderEvent = z.object({ state: State, at: z.int() });

const last: readonly OrderState[] = ["delivered", "cancelled"];

/** Milliseconds after which is looked without any news: some that another process has sent may be lost. */
const longestSilence = 30_000;

export const orderEvents = new Router({ tags: ["orders"] });

export const followOrder = orderEvents.get(
  "/orders/{id:uuid}/events",
  { use: { user, db, bus, lastEventId }, events: OrderEvent, errors: { 404: "No such order" } },
  async ({ path: { id }, user: reader, db: shop, bus: through, lastEventId: seen, signal }) => {
    const order = await findOrder(shop, id, reader);
    const after = Number(seen ?? 0) || 0;
    // A browser that is told so does not come again.
    if (last.includes(order.state) && after >= order.version) return empty();
    const news = channel(`orders:${id}`, { through }).subscribe({ signal });
    return followStates(shop, { id, after, news });
  },
);

interface Followed {
  readonly id: string;
  readonly after: number;
  readonly news: ReturnType<ReturnType<typeof channel>["subscribe"]>;
}

async function* followStates(shop: Kysely<Tables>, { id, after, news }: Followed) {
  using _ = news;
  await news.ready;
  let seen = after;
  const messages = news[Symbol.asyncIterator]();
  let message = messages.next();
  for (;;) {
    const events = await shop
      .selectFrom("orderEvents")
      .selectAll()
      .where("orderId", "=", id)
      .where("version", ">", seen)
      .orderBy("version")
      .execute();
    for (const { version, state, at } of events) {
      yield event({ state, at }, { id: String(version) });
      if (last.includes(state)) return;
      seen = version;
    }
    const come = await Promise.race([message, sleep(longestSilence, undefined, { ref: false })]);
    if (come?.done === true) return;
    if (come !== undefined) message = messages.next();
  }
}
