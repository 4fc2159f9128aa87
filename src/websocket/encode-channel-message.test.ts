/** What may leave the process on a channel: what arrives as it was. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeChannelMessage } from "./encode-channel-message.ts";

test("JSON arrives as it was", () => {
  for (const message of [
    null,
    true,
    -0.5,
    "",
    "\u0000\ud800 \u2028😀",
    [],
    [[{}]],
    { a: [1, "x", null], "": false, toString: 1 },
    JSON.parse('{"__proto__":{"a":1}}'),
    Object.assign(Object.create(null), { a: 1 }),
  ]) {
    assert.deepEqual(JSON.parse(encodeChannelMessage("a", message)), structuredClone(message));
  }
  assert.equal(encodeChannelMessage("a", { a: 1, b: undefined }), '{"a":1}');
});

test("what would arrive as something else is refused, with the reason", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = [circular];
  let deep: unknown = 1;
  for (let depth = 0; depth < 200_000; depth += 1) deep = [deep];
  for (const [message, reason] of [
    [undefined, /undefined/],
    [[undefined], /undefined/],
    [{ at: new Date(0) }, /a Date/],
    [new Map(), /a Map/],
    [[new Set()], /a Set/],
    [Buffer.from("x"), /a Buffer/],
    [1n, /a bigint/],
    [() => 1, /a function/],
    [Symbol("x"), /a symbol/],
    [Number.NaN, /NaN/],
    [{ a: -Infinity }, /Infinity/],
    [{ toJSON: () => "other" }, /would not arrive/],
    [new URL("http://a"), /a URL/],
    [circular, /circular/i],
    [deep, /too deeply/],
  ] as const) {
    assert.throws(() => encodeChannelMessage("room", message), { code: "APUS_UNSERIALIZABLE", message: reason });
    assert.throws(() => encodeChannelMessage("room", message), {
      message: /^What was published on the channel "room"/,
    });
  }
});
