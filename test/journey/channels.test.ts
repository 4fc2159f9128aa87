/** Channels between processes, through real servers: one order for all, hostile names and messages, connections that are lost. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { App, channel, dependency, HttpError, type ConnectedBus } from "apus";
import { Redis } from "ioredis";
import { Client } from "pg";
import { createLogger, silentLogger, type LogRecord } from "../../src/log/logger.ts";
import { servicesFor } from "../services.ts";
import { createPlace, openBus, startPeer, take } from "./channel-peer.ts";
import { createCuttableServer } from "./cuttable-server.ts";
import { talk, until } from "./websocket-talk.ts";

for (const kind of ["postgres", "redis"] as const) {
  const { skip } = servicesFor(kind);

  describe(`channels through ${kind}`, { skip }, () => {
    test("reach other processes, in one order for all", async () => {
      await using place = await createPlace(kind);
      await using bus = await place.open();
      const name = "a room";
      const settings = { kind, name, url: place.url, prefix: place.prefix };
      const peers = await Promise.all([startPeer(settings), startPeer(settings)]);
      await using one = peers[0];
      await using other = peers[1];
      const room = channel<string>(name, { through: bus, capacity: 10_000 });
      const here = room.subscribe();
      await here.ready;
      for (let round = 0; round < 10; round += 1) {
        const write = (who: string): readonly string[] =>
          Array.from({ length: 20 }, (_, index) => `${who} ${round * 20 + index}`);
        one.publish(write("one"));
        other.publish(write("other"));
        await Promise.all(write("here").map((message) => room.publish(message)));
      }
      const heard = await take(here, 600);
      assert.deepEqual(await one.hear(600), heard);
      assert.deepEqual(await other.hear(600), heard);
      for (const who of ["one", "other", "here"]) {
        const own = heard.filter((message) => message.startsWith(`${who} `));
        assert.deepEqual(
          own,
          Array.from({ length: 200 }, (_, index) => `${who} ${index}`),
        );
      }
    });

    test("names of any kind are channels of their own", async () => {
      await using place = await createPlace(kind);
      await using bus = await place.open();
      await using other = await place.open();
      const names = [
        `"; DROP TABLE users; --`,
        "a'b\\",
        "a",
        "A",
        "*",
        "a b",
        "\u0000",
        "a\u0000",
        "a\r\nPUBLISH a 1\r\n",
        "\ud800",
        "\ufffd",
        "__proto__",
        "constructor",
        "😀".repeat(20),
        "x".repeat(60),
        "x".repeat(61),
        "x".repeat(100_000),
      ];
      const heard = names.map((name) => channel<number>(name, { through: bus }).subscribe());
      await Promise.all(heard.map(({ ready }) => ready));
      await Promise.all(names.map((name, index) => channel(name, { through: other }).publish(index)));
      await Promise.all(names.map((name) => channel(name, { through: other }).publish(-1)));
      for (const [index, subscription] of heard.entries()) assert.deepEqual(await take(subscription, 2), [index, -1]);
    });

    test("messages arrive as they were, equal ones as often as they were sent, and what is not JSON is refused", async () => {
      await using place = await createPlace(kind);
      await using bus = await place.open();
      await using other = await place.open();
      const room = channel("a", { through: other });
      const heard = room.subscribe();
      await heard.ready;
      const sizes = [7_890, 7_900, 7_999, 8_000, 8_001, 16_000, 1024 * 1024 - 2];
      const messages = [
        null,
        "",
        { a: [1, { b: "\u0000\ud800'\"\\" }] },
        ...sizes.map((size) => "x".repeat(size)),
        "ä€😀".repeat(9_000),
      ];
      const sent = channel("a", { through: bus });
      for (const message of messages) await sent.publish(message);
      await Promise.all(Array.from({ length: 50 }, () => sent.publish("same")));
      assert.deepEqual(await take(heard, messages.length + 50), [
        ...messages,
        ...Array.from({ length: 50 }, () => "same"),
      ]);
      await assert.rejects(sent.publish({ at: new Date() }), { code: "APUS_UNSERIALIZABLE" });
      await assert.rejects(sent.publish("x".repeat(1024 * 1024)), { status: 413 });
    });

    test("a lost connection is told, and comes back", async () => {
      await using place = await createPlace(kind);
      await using server = await createCuttableServer(place.url);
      await using other = await place.open();
      const records: LogRecord[] = [];
      const log = createLogger((record) => records.push(record));
      const options = { url: server.url, prefix: place.prefix, log, publishTimeout: 400 };
      await using bus = await openBus(kind, options);
      const room = channel<string>("a", { through: bus });
      const heard = room.subscribe();
      await heard.ready;
      const far = channel<string>("a", { through: other });
      await far.publish("before");
      const messages = heard[Symbol.asyncIterator]();
      assert.equal((await messages.next()).value, "before");
      server.isDown = true;
      server.cut();
      await until(() => !bus.isConnected);
      await far.publish("lost");
      await assert.rejects(room.publish("never"), (error) => error instanceof HttpError && error.status === 503);
      server.isDown = false;
      await channel("back", { through: bus }).subscribe().ready;
      assert.deepEqual([bus.isConnected, bus.interruptions], [true, 1]);
      await room.publish("after");
      await far.publish("at last");
      assert.equal((await messages.next()).value, "after");
      assert.equal((await messages.next()).value, "at last");
      assert.deepEqual([heard.interruptions, heard.dropped], [1, 0]);
      assert(records.some(({ message }) => /lost the connection/.test(message)));
      assert(
        records.some(({ message }) => /connected to .+ again; what was published meanwhile is lost/.test(message)),
      );
      assert(records.every(({ fields }) => !JSON.stringify(fields).includes(new URL(place.url).password)));
    });

    test("what is on its way when the connection is lost arrives once or not at all, and who sent it knows", async () => {
      await using place = await createPlace(kind);
      await using server = await createCuttableServer(place.url);
      await using other = await place.open();
      await using bus = await openBus(kind, { url: server.url, prefix: place.prefix });
      const heard = channel<number>("a", { through: other, capacity: 100_000 }).subscribe();
      await heard.ready;
      const room = channel<number>("a", { through: bus });
      const arrived = new Set<number>();
      let count = 0;
      for (let round = 0; round < 3; round += 1) {
        const sent = Array.from({ length: 400 }, () => {
          const message = (count += 1);
          return room.publish(message).then(() => arrived.add(message));
        });
        await Promise.race(sent);
        server.cut();
        await Promise.allSettled(sent);
      }
      await channel("a", { through: other }).publish(-1);
      const all: number[] = [];
      for await (const message of heard) {
        if (message === -1) break;
        all.push(message);
      }
      assert.equal(new Set(all).size, all.length, "nothing twice");
      const there = new Set(all);
      for (const message of arrived) assert(there.has(message), `${message} was taken, and did not arrive`);
      assert.deepEqual(
        all,
        all.toSorted((a, b) => a - b),
      );
    });

    test("what others send to the server is passed over", async () => {
      await using place = await createPlace(kind);
      await using bus = await place.open();
      const heard = channel("a", { through: bus }).subscribe();
      await heard.ready;
      const foreign = ["", "{", "x.0.1.{", "x.1.2.1", "x.0.2.1", "0.1.", "undefined"];
      if (kind === "postgres") {
        const client = new Client({ connectionString: place.url });
        await client.connect();
        for (const text of foreign) await client.query("SELECT pg_notify($1, $2)", [`${place.prefix}a`, text]);
        await client.end();
      } else {
        const redis = new Redis(place.url);
        for (const text of foreign) await redis.publish(`${place.prefix}a`, text);
        redis.disconnect();
      }
      await channel("a", { through: bus }).publish("ours");
      assert.deepEqual(await take(heard, 1), ["ours"]);
    });

    test("sockets of two servers talk, and the connection ends with the app", async () => {
      await using place = await createPlace(kind);
      await using server = await createCuttableServer(place.url);
      const serve = async (): Promise<{ readonly url: string; stop(): Promise<void> }> => {
        const app = new App({ docs: false, log: silentLogger });
        const bus = dependency({ scope: "app" }, async function* ({ log }) {
          await using opened = await openBus(kind, { url: server.url, prefix: place.prefix, log });
          yield opened;
        });
        app.websocket("/rooms/{room}", { use: { bus } }, async ({ socket, path, bus: through }) => {
          const room = channel<string | Uint8Array>(path.room, { through });
          using joined = room.join(socket);
          await joined.ready;
          await socket.send("joined");
          for await (const message of socket) await room.publish(message);
        });
        return app.listen({ port: 0, signals: false, idleGrace: 0, stopTimeout: 1_000 });
      };
      const [one, other] = [await serve(), await serve()];
      const [ada, grace] = [await talk(`${one.url}/rooms/a`), await talk(`${other.url}/rooms/a`)];
      assert.deepEqual([await ada.next(), await grace.next()], ["joined", "joined"]);
      ada.client.send("hello");
      assert.equal(await grace.next(), "hello");
      assert.equal(await ada.next(), "hello");
      assert(server.size > 0);
      await Promise.all([one.stop(), other.stop()]);
      await until(() => server.size === 0);
    });

    test("a server that is not there, and a wrong password, are told at the start", async () => {
      const { url = "" } = servicesFor(kind);
      await using server = await createCuttableServer(url);
      server.isDown = true;
      await assert.rejects(openBus(kind, { url: server.url }));
      const wrong = new URL(url);
      wrong.password = "wrong";
      await assert.rejects(openBus(kind, { url: wrong.href }), /password|WRONGPASS/i);
    });
  });
}

test("buses refuse what is no address, and say what they need", async () => {
  for (const kind of ["postgres", "redis"] as const) {
    for (const options of [
      { url: "http://user:secret@127.0.0.1/" },
      { url: "secret" },
      {} as { url: string },
      { url: `${kind}://127.0.0.1`, prefix: "a b" },
      { url: `${kind}://127.0.0.1`, publishTimeout: 0 },
      { url: `${kind}://127.0.0.1`, maxMessageBytes: 2 ** 30 },
      { url: `${kind}://127.0.0.1`, retries: 1 } as { url: string },
    ]) {
      await assert.rejects(openBus(kind, options), (error: Error & { code?: string }) => {
        assert.equal(error.code, "APUS_BAD_OPTION");
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
  }
  const promise = Promise.resolve({}) as unknown as ConnectedBus;
  assert.throws(() => channel("a", { through: promise }), { code: "APUS_BAD_OPTION", message: /postgresBus\(\)/ });
});
