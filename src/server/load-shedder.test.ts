/** The shedder: refuses only in a turn that is too long after others were, and recovers at once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LoadShedder } from "./load-shedder.ts";

/** Holds the loop, as handlers do that compute. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** One turn of the loop that takes so long, and what a request at its end is answered. */
async function turn(shedder: LoadShedder, milliseconds: number): Promise<number | undefined> {
  shedder.refuse();
  block(milliseconds);
  const answer = shedder.refuse();
  await sleep(1);
  return answer?.status;
}

test("a turn that is long once refuses nobody", async () => {
  const shedder = new LoadShedder(40, () => {});
  for (const duration of [200, 1, 200, 1]) {
    assert.equal(await turn(shedder, duration), undefined);
    await sleep(60);
  }
  shedder.stop();
});

test("when turn after turn is too long, what comes late in one is answered 503 with Retry-After", async () => {
  const reports: number[] = [];
  const shedder = new LoadShedder(40, (refused) => reports.push(refused));
  const statuses: (number | undefined)[] = [];
  for (let count = 0; count < 6; count += 1) statuses.push(await turn(shedder, 150));
  assert.equal(statuses[0], undefined);
  assert.equal(statuses.at(-1), 503);
  block(150);
  assert.deepEqual(shedder.refuse()?.headers.at(-1), ["retry-after", "1"]);
  await sleep(200);
  assert.equal(shedder.refuse(), undefined, "one short turn is enough to go on");
  shedder.stop();
  assert.equal(
    reports.reduce((sum, refused) => sum + refused, 0),
    statuses.filter((status) => status === 503).length + 1,
  );
});

test("what comes early in a long turn is handled", async () => {
  const shedder = new LoadShedder(100, () => {});
  for (let count = 0; count < 4; count += 1) await turn(shedder, 250);
  shedder.refuse();
  await sleep(0);
  assert.equal(shedder.refuse(), undefined);
  shedder.stop();
});

test("0 is for never", async () => {
  const shedder = new LoadShedder(0, () => assert.fail("nothing to report"));
  for (let count = 0; count < 4; count += 1) assert.equal(await turn(shedder, 60), undefined);
  shedder.stop();
});
