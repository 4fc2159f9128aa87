/** The log of events: ids, what is kept, followers that come back, that are slow, and that leave. */

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { eventLog, type EventGap, type EventLog, type EventLogOptions, type FollowOptions } from "./event-log.ts";
import { event, type ServerEvent } from "./server-event.ts";

type Item = number | EventGap;
type Follower = AsyncIterator<ServerEvent<Item | undefined>>;

const buildLog = (capacity = 3): EventLog<Item> => eventLog<Item>({ capacity, gap: (gap) => gap });

function follow(log: EventLog<Item>, options?: FollowOptions): Follower {
  return log.follow(options)[Symbol.asyncIterator]();
}

async function take(follower: Follower, count: number): Promise<(Item | undefined)[]> {
  const taken: (Item | undefined)[] = [];
  for (let index = 0; index < count; index += 1) {
    const { done, value } = await follower.next();
    assert.equal(done, false);
    taken.push((value as ServerEvent<Item>).data);
  }
  return taken;
}

test("a new follower is given what is kept, then what comes; each at its own pace", async () => {
  const log = buildLog();
  log.append(1);
  log.append(2);
  const fast = follow(log);
  const slow = follow(log);
  assert.deepEqual(await take(fast, 2), [1, 2]);
  const next = take(fast, 1);
  log.append(3);
  assert.deepEqual(await next, [3]);
  assert.deepEqual(await take(slow, 3), [1, 2, 3]);
});

test("one that comes back is given what came after the id that it has seen, nothing twice", async () => {
  const log = buildLog(10);
  const ids = [1, 2, 3, 4].map((value) => log.append(value));
  assert.equal(new Set(ids).size, 4);
  assert.equal(log.lastId, ids[3]);
  for (const [index, after] of ids.entries()) {
    const follower = follow(log, { after });
    if (index === 3) assert.deepEqual(await take(follower, 1), [undefined]);
    else assert.deepEqual(await take(follower, 3 - index), [2, 3, 4].slice(index));
  }
});

test("where there is nothing to give yet, the first event has no data and tells the place", async () => {
  const log = buildLog();
  for (const after of [undefined, "", log.lastId]) {
    const { value } = (await follow(log, { after }).next()) as { value: ServerEvent };
    assert.deepEqual([value.data, value.init], [undefined, { id: log.lastId }]);
  }
  const place = log.lastId;
  log.append(1);
  assert.deepEqual(await take(follow(log, { after: place }), 1), [1]);
});

test("events keep their name and comment; the id is the log's", async () => {
  const log = buildLog();
  const id = log.append(event<Item>(1, { event: "add", comment: "c", retry: 5 }));
  const { value } = (await follow(log).next()) as { value: ServerEvent };
  assert.deepEqual([value.data, value.init], [1, { event: "add", comment: "c", retry: 5, id }]);
  assert.throws(() => log.append(event<Item>(1, { id: "7" })), { code: "APUS_BAD_OPTION" });
});

test("one that is too late is told how many events it missed, once, and goes on with what is kept", async () => {
  const log = buildLog(3);
  const first = log.append(1);
  for (let value = 2; value <= 6; value += 1) log.append(value);
  const late = follow(log, { after: first });
  const { value: gap } = (await late.next()) as { value: ServerEvent<Item> };
  assert.deepEqual(gap.data, { missed: 2 });
  assert.deepEqual(await take(late, 3), [4, 5, 6]);
  assert.deepEqual(await take(follow(log, { after: gap.init.id }), 3), [4, 5, 6]);
  // And one that falls behind while it follows.
  const slow = follow(log);
  assert.deepEqual(await take(slow, 1), [4]);
  for (let value = 7; value <= 9; value += 1) log.append(value);
  assert.deepEqual(await take(slow, 4), [{ missed: 2 }, 7, 8, 9]);
});

test("an id that is not the log's begins anew with what is kept, and says so", async () => {
  const log = buildLog(2);
  const other = buildLog(2);
  for (let value = 1; value <= 3; value += 1) log.append(value);
  const stranger = other.append(1);
  const [prefix] = log.lastId.split("-") as [string];
  const numbers = ["4", "01", "-1", "1.5", "1e0", "", " 1", "9".repeat(20), "0x1"];
  for (const after of [stranger, "1", "x", "💥", "x".repeat(100_000), ...numbers.map((n) => `${prefix}-${n}`)]) {
    assert.deepEqual(await take(follow(log, { after }), 3), [{ missed: undefined }, 2, 3], after.slice(0, 40));
  }
  assert.deepEqual(await take(follow(log, { after: 5 as unknown as string }), 1), [{ missed: undefined }]);
});

test("gap may give an event, or nothing; its place is told in any case", async () => {
  for (const told of [event<Item>(0, { event: "gap", id: "x" }), undefined]) {
    const log = eventLog<Item>({ gap: () => told });
    const { value } = (await follow(log, { after: "x" }).next()) as { value: ServerEvent };
    assert.deepEqual([value.data, value.init], [told?.data, { ...(told && { event: "gap" }), id: log.lastId }]);
  }
});

test("its signal ends a follower, before, while and after it waits; nothing is left of it", async () => {
  const log = buildLog();
  const leaving = new AbortController();
  const { signal } = leaving;
  const waiting = follow(log, { signal });
  await take(waiting, 1);
  const next = waiting.next();
  assert.equal(log.waiting, 1);
  leaving.abort();
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.equal(log.waiting, 0);
  assert.equal(getEventListeners(signal, "abort").length, 0);
  assert.equal((await follow(log, { signal }).next()).done, true);
  log.append(1);
  assert.equal((await waiting.next()).done, true);
});

test("return() ends one that waits, at once; followers that were never read cost nothing", async () => {
  const log = buildLog();
  const { signal } = new AbortController();
  log.follow({ signal });
  const follower = follow(log, { signal });
  await take(follower, 1);
  const waits = [follower.next(), follower.next()];
  assert.equal(log.waiting, 1);
  await follower.return?.();
  assert.deepEqual(
    (await Promise.all(waits)).map(({ done }) => done),
    [true, true],
  );
  assert.equal(log.waiting, 0);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("who waits several times at once is given one event after the other", async () => {
  const log = buildLog();
  const follower = follow(log);
  await take(follower, 1);
  const waits = [take(follower, 1), take(follower, 1)];
  log.append(1);
  log.append(2);
  assert.deepEqual(await Promise.all(waits), [[1], [2]]);
});

test("what options it does not take", () => {
  const gap = (): undefined => undefined;
  for (const options of [{}, { gap: 1 }, { gap, capacity: 0 }, { gap, capacity: 1.5 }, { gap, size: 1 }]) {
    assert.throws(() => eventLog(options as EventLogOptions<number>), { code: "APUS_BAD_OPTION" });
  }
});
