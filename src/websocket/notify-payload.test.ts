/** Texts of any length go through payloads of PostgreSQL, and nothing that others send there becomes a text. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PayloadReader, PayloadWriter } from "./notify-payload.ts";

function read(reader: PayloadReader, payloads: readonly string[], channel = "a"): readonly string[] {
  return payloads.flatMap((payload) => reader.read(channel, payload) ?? []);
}

test("whatever is written is read", () => {
  const [writer, reader] = [new PayloadWriter(), new PayloadReader()];
  const character = fc.constantFrom("a", "ä", "€", "😀", ".", "\u0000");
  const text = fc
    .tuple(fc.array(character, { maxLength: 5 }), fc.integer({ min: 0, max: 9_000 }))
    .map(([parts, times]) => parts.join("").repeat(times));
  fc.assert(
    fc.property(text, (written) => {
      const payloads = writer.write(written);
      for (const payload of payloads) assert(Buffer.byteLength(payload) < 8_000);
      assert.deepEqual(read(reader, payloads), [written]);
    }),
    { numRuns: 60 },
  );
});

test("equal texts have different payloads, of one writer and of two", () => {
  const [one, other] = [new PayloadWriter(), new PayloadWriter()];
  const payloads = [one, one, other].flatMap((writer) => writer.write("x"));
  assert.equal(new Set(payloads).size, 3);
});

test("what is no payload, and pieces that do not belong together, are passed over", () => {
  const reader = new PayloadReader();
  const long = new PayloadWriter().write("x".repeat(20_000));
  assert.equal(long.length, 3);
  const [first = "", second = "", third = ""] = long;
  for (const payloads of [
    ["", "x", "x.0.1", ".0.1.x", "a b.0.1.x", "a.-1.1.x", "a.0.999999.x", `${"a".repeat(9_000)}.0.1.x`],
    [second, third],
    [first, third],
    [first, second, second, third],
    [first, "other.1.3.y", second, third],
    [first, second.replace(".1.3.", ".1.4."), third],
  ]) {
    assert.deepEqual(read(reader, payloads), [], payloads.join(" ").slice(0, 60));
  }
  assert.deepEqual(read(reader, [first, second]), []);
  assert.deepEqual(read(reader, [third], "b"), [], "of another channel");
  assert.deepEqual(read(reader, long), ["x".repeat(20_000)]);
});

test("a text that never ends is given up", () => {
  const reader = new PayloadReader();
  const piece = "x".repeat(1024 * 1024);
  const payloads = Array.from({ length: 80 }, (_, index) => `a.${index}.80.${piece}`);
  assert.deepEqual(read(reader, payloads), []);
});
