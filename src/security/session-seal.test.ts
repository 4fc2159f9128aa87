/** Seals: what opens, what does not whatever was done to it, and who can read it. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { createSeal, type SealPurpose, type SessionSeal } from "./session-seal.ts";

const secret = randomBytes(32);

function seal(
  purpose: Partial<SealPurpose> = {},
  secrets: readonly [Uint8Array, ...Uint8Array[]] = [secret],
): SessionSeal {
  return createSeal(secrets, { protection: "encrypted", name: "__Host-session", ...purpose });
}

for (const protection of ["encrypted", "signed"] as const) {
  describe(protection, () => {
    const text = 'Grüße, {"user":1}';

    test("opens what it sealed, with every length", () => {
      for (const content of ["", "a", text, "x".repeat(2000)]) {
        assert.deepEqual(seal({ protection }).open(seal({ protection }).seal(content)), {
          text: content,
          isOld: false,
        });
      }
    });

    test("the value is one of a cookie as it is", () => {
      assert.match(seal({ protection }).seal(text), /^[A-Za-z0-9_-]+$/);
    });

    test("no bit of a value may be another", () => {
      const own = seal({ protection });
      const bytes = Buffer.from(own.seal(text), "base64url");
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.equal(own.open(changed.toString("base64url")), undefined, `bit ${bit}`);
      }
    });

    test("nothing shorter or longer opens, nor another spelling of the same bytes", () => {
      const own = seal({ protection });
      const value = own.seal(text);
      for (let length = 0; length < value.length; length += 1)
        assert.equal(own.open(value.slice(0, length)), undefined);
      for (const other of [`${value}A`, `${value}=`, ` ${value}`, `${value};`, value.repeat(2), "A".repeat(5000)]) {
        assert.equal(own.open(other), undefined, other);
      }
    });

    test("another key, name or protection opens nothing", () => {
      const value = seal({ protection }).seal(text);
      assert.equal(seal({ protection }, [randomBytes(32)]).open(value), undefined);
      assert.equal(seal({ protection, name: "other" }).open(value), undefined);
      const other = protection === "signed" ? "encrypted" : "signed";
      assert.equal(seal({ protection: other }).open(value), undefined);
    });

    test("older keys open, and only the first one seals", () => {
      const older = seal({ protection }).seal(text);
      const rotated = seal({ protection }, [randomBytes(32), secret]);
      assert.deepEqual(rotated.open(older), { text, isOld: true });
      assert.deepEqual(rotated.open(rotated.seal(text)), { text, isOld: false });
      assert.equal(seal({ protection }).open(rotated.seal(text)), undefined);
    });
  });
}

test("only a signed text can be read, and no two encrypted ones are equal", () => {
  const read = (value: string): string => Buffer.from(value, "base64url").toString("latin1");
  assert.ok(read(seal({ protection: "signed" }).seal("hush")).includes("hush"));
  assert.ok(!read(seal().seal("hush")).includes("hush"));
  assert.notEqual(seal().seal("hush"), seal().seal("hush"));
});
