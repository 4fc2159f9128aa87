/** Tests of the turns of password hashes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { takeTurn } from "./hash-turns.ts";

test("two run at once, the others in the order in which they came", async () => {
  const begun: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const works = gates.map(({ promise }, index) =>
    takeTurn(async () => {
      begun.push(index);
      await promise;
      return index;
    }),
  );
  await turn();
  assert.deepEqual(begun, [0, 1]);
  gates[1]?.resolve();
  await turn();
  assert.deepEqual(begun, [0, 1, 2]);
  for (const { resolve } of gates) resolve();
  assert.deepEqual(await Promise.all(works), [0, 1, 2, 3, 4]);
});

test("one that fails gives its turn on", async () => {
  const works = Array.from({ length: 4 }, () => takeTurn(() => Promise.reject(new Error("broken"))));
  const results = await Promise.allSettled(works);
  assert.ok(results.every(({ status }) => status === "rejected"));
  assert.equal(await takeTurn(async () => 1), 1);
});

test("when too many wait, a 503", async () => {
  const gate = Promise.withResolvers<void>();
  const works = Array.from({ length: 514 }, () => takeTurn(() => gate.promise));
  await assert.rejects(
    takeTurn(async () => {}),
    { status: 503, headers: { "retry-after": "5" } },
  );
  gate.resolve();
  await Promise.all(works);
});
