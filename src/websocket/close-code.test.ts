/** Codes and reasons: what may be sent, and how a long reason is cut. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkClose, shortenReason } from "./close-code.ts";

test("takes registered codes and those of applications", () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999]) checkClose(code, "");
  checkClose(1000, "ü".repeat(61));
});

test("refuses codes that must not be sent, and reasons that are none", () => {
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN, "1000", undefined, null]) {
    assert.throws(() => checkClose(code, ""), { code: "APUS_BAD_OPTION" }, String(code));
  }
  for (const reason of ["ü".repeat(62), new Uint8Array(3), 5, null, {}]) {
    assert.throws(() => checkClose(1000, reason), { code: "APUS_BAD_OPTION" });
  }
});

test("cuts between characters", () => {
  assert.equal(shortenReason("x".repeat(123)), "x".repeat(123));
  assert.equal(shortenReason("x".repeat(124)), `${"x".repeat(120)}…`);
  for (const character of ["ü", "€", "😀"]) {
    const short = shortenReason(character.repeat(100));
    assert.ok(Buffer.byteLength(short) <= 123);
    assert.ok(short.isWellFormed() && short.endsWith(`${character}…`));
  }
});
