/** Buffers and moved memory, as a message port treats them. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Transferable } from "node:worker_threads";
import { markMoved, movedParts, packArguments, packValue, unpackArguments, unpackValue } from "./sent-values.ts";

/** What a message port does to a value. */
function send<T>(value: T, transfer: readonly Transferable[] = []): T {
  return structuredClone(value, { transfer: transfer as ArrayBuffer[] });
}

describe("sent values", () => {
  test("a buffer arrives as a buffer, alone", () => {
    const transfer: Transferable[] = [];
    const window = Buffer.from("secret wanted secret").subarray(7, 13);
    const arrived = unpackValue(send(packValue(window, transfer), transfer)) as Buffer;
    assert.ok(Buffer.isBuffer(arrived));
    assert.deepEqual([arrived.toString(), arrived.buffer.byteLength], ["wanted", 6]);
    assert.equal(window.toString(), "wanted", "the sender keeps its own");
  });

  test("a buffer that shares its memory, or is to be moved, is not copied first", () => {
    const shared = Buffer.from(new SharedArrayBuffer(8), 2, 4);
    assert.equal(packValue(shared, []).value, shared);
    const memory = new ArrayBuffer(8);
    const part = Buffer.from(memory, 2, 4);
    const transfer: Transferable[] = [memory];
    assert.equal(packValue(part, transfer).value, part);
    assert.deepEqual(transfer, [memory]);
  });

  test("arguments remember which of them were buffers", () => {
    const transfer: Transferable[] = [];
    const { args, buffers } = packArguments([1, Buffer.from("a"), new Uint8Array(1)], transfer);
    assert.deepEqual(buffers, [1]);
    const arrived = unpackArguments(send(args, transfer), buffers);
    assert.deepEqual(
      arrived.map((value) => Buffer.isBuffer(value)),
      [false, true, false],
    );
    const plain = [1, "two"];
    assert.equal(packArguments(plain, []).args, plain);
  });

  test("marks say what is moved", () => {
    const memory = new ArrayBuffer(4);
    assert.deepEqual(movedParts(markMoved({ memory }, [memory])), [memory]);
    assert.deepEqual(movedParts({ memory }), []);
    assert.deepEqual(movedParts("text"), []);
  });
});
