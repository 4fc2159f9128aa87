/** Buses when the server is slow, silent, gone, and back: what waits, what is lost, and who is told. */

import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { createLogger, type LogRecord } from "../log/logger.ts";
import type { BusLink, BusLinkEvents } from "./bus-link.ts";
import { channel } from "./channel.ts";
import type { ConnectedBus } from "./channel-bus.ts";
import { createConnectedBus } from "./connected-bus.ts";

/** A server in this process: connections that can be refused, cut and left without an answer. */
class FakeServer {
  readonly calls: string[] = [];
  readonly links = new Set<BusLinkEvents>();
  readonly records: LogRecord[] = [];
  isDown = false;
  isSilent = false;
  opened = 0;

  createBus(): Promise<ConnectedBus> {
    return createConnectedBus({
      title: "Fake",
      open: (events) => this.#open(events),
      log: createLogger((record) => this.records.push(record)),
      prefix: "",
      publishTimeout: 5_000,
      maxMessageBytes: 100,
      probeEvery: 15_000,
    });
  }

  cut(): void {
    for (const events of this.links) {
      this.links.delete(events);
      events.lost(new Error("cut"));
    }
  }

  async #open(events: BusLinkEvents): Promise<BusLink> {
    this.opened += 1;
    await turn();
    if (this.isDown) throw new Error("down");
    this.links.add(events);
    const followed = new Set<string>();
    const answer = async (call: string, work: () => void = () => {}): Promise<void> => {
      if (!this.links.has(events)) throw new Error("gone");
      this.calls.push(call);
      if (this.isSilent) await new Promise(() => {});
      await turn();
      if (!this.links.has(events)) throw new Error("cut in the middle");
      work();
    };
    return {
      follow: (names) => answer(`follow ${names.join()}`, () => names.forEach((name) => followed.add(name))),
      unfollow: (names) => answer(`unfollow ${names.join()}`, () => names.forEach((name) => followed.delete(name))),
      publish: (messages) =>
        answer(`publish ${messages.map(({ text }) => text).join()}`, () => {
          for (const message of messages) if (followed.has(message.channel)) events.receive(message);
        }),
      probe: () => answer("probe"),
      end: () => answer("end"),
      destroy: () => void this.links.delete(events),
    };
  }
}

/** Runs the clock in small steps, and what waits for it. */
async function pass(t: TestContext, milliseconds: number): Promise<void> {
  for (let step = 0; step < milliseconds; step += 50) {
    t.mock.timers.tick(50);
    for (let count = 0; count < 4; count += 1) await turn();
  }
}

function mockClock(t: TestContext): void {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
}

test("follows what is followed, before it publishes, and in one step what is asked for at once", async () => {
  const server = new FakeServer();
  await using bus = await server.createBus();
  const [a, b] = [channel("a", { through: bus }), channel("b", { through: bus })];
  const [one, other] = [a.subscribe(), a.subscribe()];
  const elsewhere = b.subscribe();
  await Promise.all([a.publish(1), a.publish(2), b.publish(3)]);
  elsewhere[Symbol.dispose]();
  one[Symbol.dispose]();
  assert.equal(a.size, 1);
  await a.publish(4);
  other[Symbol.dispose]();
  await b.publish(5);
  assert.deepEqual(server.calls, [
    "follow a",
    "follow b",
    "publish 1,2,3",
    "unfollow b",
    "publish 4",
    "unfollow a",
    "publish 5",
  ]);
  const taken: unknown[] = [];
  for await (const message of one) taken.push(message);
  assert.deepEqual(taken, [1, 2], "what came before the end is still there");
});

test("a lost connection is told, comes back, and what waits is published then", async (t) => {
  mockClock(t);
  const server = new FakeServer();
  await using bus = await server.createBus();
  const room = channel("room", { through: bus });
  const before = room.subscribe();
  await before.ready;
  server.isDown = true;
  server.cut();
  assert.equal(bus.isConnected, false);
  const during = channel("later", { through: bus }).subscribe();
  const waiting = room.publish("waits");
  await pass(t, 900);
  assert(server.opened > 2, "it tries again");
  server.isDown = false;
  await pass(t, 3_000).then(() => during.ready);
  await waiting;
  assert.deepEqual([before.interruptions, during.interruptions, bus.interruptions], [1, 0, 1]);
  assert.equal(bus.isConnected, true);
  for await (const message of before) {
    assert.equal(message, "waits");
    break;
  }
  const messages = new Set(server.records.map(({ level, message }) => `${level} ${message}`));
  assert.deepEqual(
    [...messages],
    [
      "warn Channels have lost the connection to Fake.",
      "warn Channels cannot connect to Fake.",
      "warn Channels are connected to Fake again; what was published meanwhile is lost.",
    ],
  );
});

test("what waits for too long is answered 503, and is not published later", async (t) => {
  mockClock(t);
  const server = new FakeServer();
  await using bus = await server.createBus();
  server.isDown = true;
  server.cut();
  const refused = assert.rejects(channel("a", { through: bus }).publish("late"), { name: "HttpError", status: 503 });
  await pass(t, 5_100);
  await refused;
  server.isDown = false;
  await pass(t, 20_000);
  assert.equal(bus.isConnected, true);
  assert(!server.calls.some((call) => call.startsWith("publish")));
});

test("a server that does not answer is taken for lost; what was on its way is not sent twice", async (t) => {
  mockClock(t);
  const server = new FakeServer();
  await using bus = await server.createBus();
  server.isSilent = true;
  server.isDown = true;
  const refused = assert.rejects(channel("a", { through: bus }).publish(1), { status: 503 });
  await pass(t, 10_100);
  await refused;
  assert.equal(bus.isConnected, false);
  server.isSilent = false;
  server.isDown = false;
  await pass(t, 1_000);
  assert.equal(bus.isConnected, true);
  assert.deepEqual(server.calls, ["publish 1"]);
  server.isSilent = true;
  await pass(t, 5_000);
  server.isSilent = false;
  assert.equal(server.calls.at(-1), "probe");
  assert.equal(bus.interruptions, 1);
  await pass(t, 12_000);
  assert.equal(bus.interruptions, 2);
});

test("a connection that is always lost at once is asked for less and less often", async (t) => {
  mockClock(t);
  const server = new FakeServer();
  await using bus = await server.createBus();
  for (let second = 0; second < 60; second += 1) {
    server.cut();
    await pass(t, 1_000);
  }
  assert(server.opened < 20, `${server.opened} connections in a minute`);
  assert(bus.interruptions > 3);
});

test("bounds what waits, and how large a message is", async (t) => {
  mockClock(t);
  const server = new FakeServer();
  await using bus = await server.createBus();
  const room = channel("a", { through: bus });
  await assert.rejects(room.publish("ä".repeat(50)), { status: 413 });
  await room.publish("ä".repeat(49));
  server.isDown = true;
  server.cut();
  const sent = Array.from({ length: 10_001 }, () => room.publish(1));
  await assert.rejects(sent.pop() ?? Promise.resolve(), { status: 503 });
  server.isDown = false;
  await Promise.all([pass(t, 4_000), ...sent]);
});

test("closing sends what waits, ends those who follow, and refuses what comes later", async () => {
  const server = new FakeServer();
  const bus = await server.createBus();
  const room = channel("a", { through: bus });
  const subscription = room.subscribe();
  const sent = room.publish("last");
  await Promise.all([bus.close(), bus.close()]);
  await sent;
  const taken: unknown[] = [];
  for await (const message of subscription) taken.push(message);
  assert.deepEqual(taken, ["last"]);
  assert.deepEqual(server.calls, ["follow a", 'publish "last"', "end"]);
  await assert.rejects(room.publish(1), { status: 503 });
  const late = room.subscribe();
  await late.ready;
  for await (const _ of late) assert.fail("nothing comes");
  assert.equal(room.size, 0);
});

test("closing while there is no connection leaves nothing that tries again", async (t) => {
  mockClock(t);
  const server = new FakeServer();
  const bus = await server.createBus();
  server.isDown = true;
  server.cut();
  const subscription = channel("a", { through: bus }).subscribe();
  const refused = assert.rejects(channel("a", { through: bus }).publish(1), { status: 503 });
  await bus.close();
  await refused;
  await subscription.ready;
  const { opened } = server;
  server.isDown = false;
  await pass(t, 30_000);
  assert.equal(server.opened, opened);
  assert.equal(server.links.size, 0);
});

test("who cannot connect at the start is told at once", async () => {
  const server = new FakeServer();
  server.isDown = true;
  await assert.rejects(server.createBus(), { message: "down" });
  assert.equal(server.opened, 1);
});
