/** Channels: everybody hears everything, and those who are too slow lose messages or leave. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { channel, type ChannelMember } from "./channel.ts";
import type { Subscription } from "./channel-follower.ts";
import { SocketClosedError } from "./socket-closed-error.ts";

async function take<Message>(subscription: Subscription<Message>, count: number): Promise<readonly Message[]> {
  const taken: Message[] = [];
  for await (const message of subscription) {
    taken.push(message);
    if (taken.length === count) break;
  }
  return taken;
}

test("reaches everybody who has subscribed under the name, and nobody else", async () => {
  const room = channel<number>("a");
  await room.publish(0);
  const [one, other] = [room.subscribe(), channel<number>("a").subscribe()];
  const elsewhere = channel<number>("b").subscribe();
  for (const message of [1, 2, 3]) await room.publish(message);
  assert.equal(room.size, 2);
  assert.deepEqual(await take(one, 3), [1, 2, 3]);
  assert.deepEqual(await take(other, 2), [1, 2]);
  assert.equal(room.size, 0, "who stops reading leaves");
  elsewhere[Symbol.dispose]();
  assert.deepEqual(await take(elsewhere, 1), []);
  assert.equal(channel("b").size, 0);
});

test("a signal ends a subscription, with what has been published before", async () => {
  const controller = new AbortController();
  const room = channel<number>("signal");
  const subscription = room.subscribe({ signal: controller.signal });
  await room.publish(1);
  controller.abort();
  await room.publish(2);
  assert.deepEqual(await take(subscription, 9), [1]);
  assert.deepEqual(await take(room.subscribe({ signal: controller.signal }), 9), []);
});

test("who is slow loses the oldest messages, or the subscription", async () => {
  const lossy = channel<number>("lossy", { capacity: 3 }).subscribe();
  for (let message = 0; message < 100; message += 1) await channel("lossy").publish(message);
  assert.equal(lossy.dropped, 97);
  assert.deepEqual(await take(lossy, 3), [97, 98, 99]);
  const strict = channel<number>("strict", { capacity: 3, slow: "close" }).subscribe();
  for (let message = 0; message < 100; message += 1) await channel("strict").publish(message);
  assert.deepEqual(await take(strict, 9), []);
  assert.equal(strict.dropped, 1);
});

interface Member extends ChannelMember<number> {
  readonly told: unknown[];
  readonly controller: AbortController;
}

function createMember(send: (message: number) => Promise<void>): Member {
  const told: unknown[] = [];
  const controller = new AbortController();
  return {
    told,
    controller,
    signal: controller.signal,
    send: async (message) => {
      await send(message);
      told.push(message);
    },
    close: (code) => told.push(`closed ${code}`),
    fail: (error) => told.push(error),
  };
}

test("a socket joins until it closes, and hears of mistakes", async () => {
  const room = channel<number>("members", { capacity: 2, slow: "close" });
  const good = createMember(() => Promise.resolve());
  const stuck = createMember(() => new Promise(() => {}));
  const wrong = createMember(() => Promise.reject(new RangeError("mistake")));
  const gone = createMember(() => Promise.reject(new SocketClosedError(1000, "")));
  for (const member of [good, stuck, wrong, gone]) room.join(member);
  for (let message = 0; message < 4; message += 1) {
    await room.publish(message);
    await new Promise(setImmediate);
  }
  assert.deepEqual(good.told, [0, 1, 2, 3]);
  assert.deepEqual(stuck.told, ["closed 1013"]);
  assert.match(String(wrong.told), /mistake/);
  assert.deepEqual(gone.told, []);
  assert.equal(room.size, 1);
  good.controller.abort();
  assert.equal(room.size, 0);
  using left = room.join(createMember(() => Promise.resolve()));
  assert.equal(room.size, 1);
  left[Symbol.dispose]();
  assert.equal(room.size, 0);
});

test("refuses what is no name, capacity or policy", () => {
  for (const make of [
    () => channel(""),
    () => channel(undefined as unknown as string),
    () => channel("a", { capacity: 0 }),
    () => channel("a", { slow: "wait" as "drop" }),
  ]) {
    assert.throws(make, { code: "APUS_BAD_OPTION" });
  }
});
