/** Channels through Redis: SUBSCRIBE over one connection of `ioredis`, PUBLISH over another. */

import type { BusLink, BusLinkEvents, BusMessage } from "./bus-link.ts";
import type { ConnectedBus } from "./channel-bus.ts";
import { createConnectedBus } from "./connected-bus.ts";
import { loadIoredis, type RedisClient, type RedisPackage } from "./load-bus-package.ts";
import { readBusOptions, type BusOptions } from "./read-bus-options.ts";

/**
 * Connects channels through Redis (`redis://…`), for `channel(name, { through })`; close it when the app ends.
 * @throws ApusError APUS_BAD_OPTION, APUS_MISSING_PACKAGE, and what `ioredis` throws when it cannot connect
 */
export async function redisBus(options: BusOptions): Promise<ConnectedBus> {
  const settings = readBusOptions("redisBus", options, ["redis", "rediss"]);
  const redis = await loadIoredis("redisBus()");
  const open = (events: BusLinkEvents): Promise<BusLink> => openLink(redis, options.url, events);
  return createConnectedBus({ ...settings, title: "Redis", open });
}

async function openLink({ Redis }: RedisPackage, url: string, events: BusLinkEvents): Promise<BusLink> {
  // Whatever is on its way when the connection is lost fails: sent again, it might come twice.
  const create = (name: string): RedisClient =>
    new Redis(url, {
      connectionName: `apus-channels-${name}`,
      lazyConnect: true,
      connectTimeout: 10_000,
      disconnectTimeout: 100,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
  const subscriber = create("subscribe");
  const publisher = create("publish");
  let reason: Error | undefined;
  for (const client of [subscriber, publisher]) {
    client.on("error", (error) => (reason = error));
    client.on("end", () => events.lost(reason ?? new Error("The connection was closed.")));
  }
  subscriber.on("message", (channel, text) => events.receive({ channel, text }));
  const link = new RedisLink(subscriber, publisher);
  try {
    await Promise.all([subscriber.connect(), publisher.connect()]);
    return link;
  } catch (error) {
    link.destroy();
    throw reason ?? error;
  }
}

class RedisLink implements BusLink {
  readonly #subscriber: RedisClient;
  readonly #publisher: RedisClient;

  constructor(subscriber: RedisClient, publisher: RedisClient) {
    this.#subscriber = subscriber;
    this.#publisher = publisher;
  }

  async follow(channels: readonly string[]): Promise<void> {
    await this.#subscriber.subscribe(...channels);
  }

  async unfollow(channels: readonly string[]): Promise<void> {
    await this.#subscriber.unsubscribe(...channels);
  }

  async publish(messages: readonly BusMessage[]): Promise<void> {
    const pipeline = this.#publisher.pipeline();
    for (const { channel, text } of messages) pipeline.publish(channel, text);
    const failed = (await pipeline.exec())?.find(([error]) => error !== null);
    if (failed?.[0] != null) throw failed[0];
  }

  async probe(): Promise<void> {
    await Promise.all([this.#subscriber.ping(), this.#publisher.ping()]);
  }

  async end(): Promise<void> {
    await Promise.all([this.#subscriber.quit(), this.#publisher.quit()]);
  }

  destroy(): void {
    for (const client of [this.#subscriber, this.#publisher]) if (client.status !== "end") client.disconnect();
  }
}
