/** Items leave at the reader's pace. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readIterable } from "./item-sender.ts";
import { itemWindow } from "./worker-messages.ts";

const { signal } = new AbortController();

async function settleTurns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("ItemSender", () => {
  test("sends as many items as are allowed, then waits to be asked", async () => {
    let made = 0;
    const sender = readIterable(
      (async function* () {
        for (; made < 20; made += 1) yield made;
        return "end";
      })(),
    );
    const sent: unknown[] = [];
    const end = sender!.send((item) => sent.push(item), signal);
    await settleTurns();
    assert.equal(sent.length, itemWindow);
    sender!.allow(2);
    await settleTurns();
    assert.equal(sent.length, itemWindow + 2);
    assert.ok(made <= itemWindow + 3);
    sender!.allow(100);
    assert.equal(await end, "end");
    assert.equal(sent.length, 20);
  });

  test("tells the generator to return when nobody reads on, or an item cannot be sent", async () => {
    const cleaned: string[] = [];
    const generate = async function* (name: string): AsyncGenerator<number> {
      try {
        for (let item = 0; ; item += 1) yield item;
      } finally {
        cleaned.push(name);
      }
    };
    const stopped = readIterable(generate("stopped"));
    const end = stopped!.send(() => {}, signal);
    await settleTurns();
    stopped!.stop();
    assert.equal(await end, undefined);
    const refuse = (): never => {
      throw new Error("cannot be sent");
    };
    await assert.rejects(readIterable(generate("unsent"))!.send(refuse, signal), { message: "cannot be sent" });
    assert.deepEqual(cleaned, ["stopped", "unsent"]);
  });

  test("an error of the clean-up is told, one that answers the signal is not", async () => {
    const controller = new AbortController();
    const waitThenThrow = (error: Error) =>
      readIterable(
        (async function* () {
          yield 1;
          await new Promise((resolve) => controller.signal.addEventListener("abort", resolve));
          throw error;
        })(),
      );
    const own = waitThenThrow(new Error("cannot clean up"));
    const answering = waitThenThrow(new DOMException("as told", "AbortError"));
    const ends = [own, answering].map((sender) => sender!.send(() => {}, controller.signal));
    await settleTurns();
    for (const sender of [own, answering]) sender!.stop();
    controller.abort();
    const [failed, silent] = await Promise.allSettled(ends);
    assert.equal(failed?.status, "rejected");
    assert.equal(silent?.status, "fulfilled");
  });

  test("generators and async iterables are items, other values are values", () => {
    for (const value of [null, "text", [1], new Map(), new Set(), new Uint8Array(1), { next: 1 }]) {
      assert.equal(readIterable(value), undefined);
    }
    const generate = function* (): Generator<number> {
      yield 1;
    };
    assert.ok(readIterable(generate()));
    assert.ok(readIterable(new Blob(["a"]).stream()));
  });
});
