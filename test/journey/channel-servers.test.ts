/** Channels through one kind of server: what can only be seen in its own words. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { channel } from "apus";
import { Redis } from "ioredis";
import { Client } from "pg";
import { servicesFor } from "../services.ts";
import { createPlace, take } from "./channel-peer.ts";
import { until } from "./websocket-talk.ts";

describe("channels through postgres alone", { skip: servicesFor("postgres").skip }, () => {
  test("a backend that is terminated is replaced", async () => {
    await using place = await createPlace("postgres");
    await using bus = await place.open();
    const room = channel<string>("a", { through: bus });
    const heard = room.subscribe();
    await heard.ready;
    const client = new Client({ connectionString: place.url });
    await client.connect();
    const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'apus channels'`;
    assert.equal((await client.query(kill)).rowCount, 1);
    await client.end();
    await until(() => !bus.isConnected || bus.interruptions === 1);
    await channel("back", { through: bus }).subscribe().ready;
    await room.publish("again");
    assert.deepEqual(await take(heard, 1), ["again"]);
    assert.equal(heard.interruptions, 1);
  });
});

describe("channels through redis alone", { skip: servicesFor("redis").skip }, () => {
  test("the server is asked only for what somebody follows here", async () => {
    await using place = await createPlace("redis");
    await using bus = await place.open();
    const redis = new Redis(place.url);
    await once(redis, "ready");
    const followed = (): Promise<unknown> => redis.pubsub("CHANNELS", `${place.prefix}*`);
    const [one, other] = [channel("a", { through: bus }).subscribe(), channel("a", { through: bus }).subscribe()];
    await channel("b", { through: bus }).publish(1);
    assert.deepEqual(await followed(), [`${place.prefix}a`]);
    one[Symbol.dispose]();
    await channel("b", { through: bus }).publish(1);
    assert.deepEqual(await followed(), [`${place.prefix}a`]);
    other[Symbol.dispose]();
    await channel("b", { through: bus }).publish(1);
    assert.deepEqual(await followed(), []);
    redis.disconnect();
  });
});
