/** Several at once: results in order, the losers are told, and nothing is left unhandled. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { all, firstOf, race } from "./run-together.ts";

/** Ends only by its signal, and says so. */
const waiting =
  (told: string[], name: string) =>
  async (signal: AbortSignal): Promise<never> => {
    await sleep(60_000, undefined, { signal }).catch(() => told.push(name));
    throw new Error(`${name} was stopped`);
  };

const settled = async (told: readonly string[], count: number): Promise<void> => {
  while (told.length < count) await new Promise(setImmediate);
};

test("all: results in order", async () => {
  const [number, text, later] = await all([() => 1, async () => "two", (signal) => sleep(1, signal.aborted)]);
  assert.deepEqual([number satisfies number, text satisfies string, later satisfies boolean], [1, "two", false]);
  assert.deepEqual(await all([]), []);
});

test("all: the first failure stops the others", async () => {
  const told: string[] = [];
  const failing = async (): Promise<never> => {
    throw new Error("failed");
  };
  await assert.rejects(all([waiting(told, "a"), failing, waiting(told, "b")]), /^Error: failed$/);
  await settled(told, 2);
  const thrower = (): never => {
    throw new Error("at once");
  };
  await assert.rejects(all([waiting(told, "c"), thrower]), /at once/);
  await settled(told, 3);
});

test("race: the first that is settled; firstOf: the first that succeeds", async () => {
  const told: string[] = [];
  const failing = async (): Promise<never> => {
    throw new Error("failed");
  };
  assert.equal(await race([waiting(told, "a"), async () => "won"]), "won");
  await assert.rejects(race([waiting(told, "b"), failing]), /failed/);
  assert.equal(await firstOf([waiting(told, "c"), failing, () => sleep(1, "won")]), "won");
  await settled(told, 3);
  await assert.rejects(firstOf([failing, failing]), AggregateError);
  await assert.rejects(race([]), { code: "APUS_BAD_OPTION" });
});

test("a signal of the caller stops all of them", async () => {
  const told: string[] = [];
  const leaving = new AbortController();
  const running = all([waiting(told, "a"), waiting(told, "b")], { signal: leaving.signal });
  leaving.abort();
  await assert.rejects(running, /was stopped/);
  await settled(told, 2);
});
