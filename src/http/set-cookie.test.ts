/** Tests of the set-cookie writer: safe defaults, prefix rules, and that no part can add another. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ApusError } from "../errors/apus-error.ts";
import { encodeSetCookie, maxCookieSize, type CookieOptions } from "./set-cookie.ts";

function isInvalidHeader(error: unknown): boolean {
  return error instanceof ApusError && error.code === "APUS_INVALID_HEADER";
}

function refuses(name: string, options: unknown): void {
  assert.throws(
    () => encodeSetCookie(name, "v", options as CookieOptions),
    isInvalidHeader,
    JSON.stringify([name, options]),
  );
}

test("the defaults are safe", () => {
  assert.equal(encodeSetCookie("id", "1"), "id=1; Path=/; Secure; HttpOnly; SameSite=Lax");
  assert.equal(
    encodeSetCookie("id", "", { path: undefined, secure: undefined }),
    "id=; Path=/; Secure; HttpOnly; SameSite=Lax",
  );
});

test("every option is written in browsers' own spelling", () => {
  const options = {
    path: "/a%20b",
    domain: "example.com",
    maxAge: 3600,
    expires: new Date(Date.UTC(2030, 0, 2, 3, 4, 5)),
    httpOnly: false,
    secure: true,
    sameSite: "none",
    partitioned: true,
    priority: "high",
  } as const;
  const scope = "; Path=/a%20b; Domain=example.com; Max-Age=3600; Expires=Wed, 02 Jan 2030 03:04:05 GMT";
  assert.equal(encodeSetCookie("id", "1", options), `id=1${scope}; Secure; SameSite=None; Partitioned; Priority=High`);
  assert.equal(
    encodeSetCookie("id", "1", { secure: false, sameSite: "strict" }),
    "id=1; Path=/; HttpOnly; SameSite=Strict",
  );
  assert.match(encodeSetCookie("id", "1", { maxAge: -0 }), /Max-Age=0;/);
});

test("values are percent-encoded", () => {
  assert.match(encodeSetCookie("id", 'a;b,"c" \r\n€='), /^id=a%3Bb%2C%22c%22%20%0D%0A%E2%82%AC%3D; Path/);
  assert.throws(() => encodeSetCookie("id", "\ud800"), /toWellFormed/);
  assert.throws(() => encodeSetCookie("id", 1 as unknown as string), isInvalidHeader);
});

test("attacks: no name or attribute can inject another", () => {
  for (const name of ["", "a b", "a;b", "a=b", "a\r\nb", "a\0", "é", '"a"', "a,b"]) refuses(name, {});
  for (const path of [
    "",
    "a",
    "/;Domain=evil.com",
    "/a\r\nx: y",
    "/\0",
    "/é",
    "/a b",
    "/\x7f",
    1,
    `/${"a".repeat(1024)}`,
  ])
    refuses("id", { path });
  const domains = [
    "",
    ".",
    "..a",
    "a..b",
    "a.",
    "a;b",
    "a b",
    "a\r\n",
    "a\n",
    "-a.b",
    "a-.b",
    "é.com",
    "a_b",
    "a/b",
    "a:80",
    1,
    "a.".repeat(200),
  ];
  for (const domain of domains) refuses("id", { domain });
  for (const sameSite of ["Lax", "lax; Domain=evil.com", "", "__proto__", true, null]) refuses("id", { sameSite });
  for (const priority of ["High", "high\r\n", "", null]) refuses("id", { priority });
});

test("lifetimes are whole seconds and real dates", () => {
  for (const maxAge of [-1, 0.5, Number.NaN, Infinity, 1e21, "60", null, "1; Domain=evil.com"])
    refuses("id", { maxAge });
  for (const expires of [new Date(Number.NaN), new Date(-1e14), new Date(8e15), "Wed", 0, null])
    refuses("id", { expires });
});

test("what browsers would refuse together is refused here", () => {
  refuses("id", { secure: false, sameSite: "none" });
  refuses("id", { secure: false, partitioned: true });
  for (const name of ["__Host-id", "__Secure-id", "__HOST-id", "__secure-id", "__Http-id", "__Host-Http-id"]) {
    refuses(name, { secure: false });
    encodeSetCookie(name, "v");
  }
  refuses("__Host-id", { path: "/a" });
  refuses("__Host-id", { domain: "example.com" });
  refuses("__Host-Http-id", { httpOnly: false });
  refuses("__Http-id", { httpOnly: false });
  encodeSetCookie("__Secure-id", "v", { domain: ".example.com", path: "/a", httpOnly: false });
});

test("a cookie that browsers would drop for its size is refused", () => {
  const overhead = encodeSetCookie("id", "").length;
  assert.equal(encodeSetCookie("id", "a".repeat(maxCookieSize - overhead)).length, maxCookieSize);
  assert.throws(() => encodeSetCookie("id", "a".repeat(maxCookieSize - overhead + 1)), /4097 bytes/);
});

test("messages never hold the value", () => {
  assert.throws(
    () => encodeSetCookie("id", "secret".repeat(1000)),
    (error: Error) => !error.message.includes("secret"),
  );
});

test("any input is written as one printable ASCII line, or refused with an ApusError", () => {
  const text = fc.string({ unit: "binary" });
  const odd = fc.anything();
  const options = fc.record(
    { path: fc.oneof(text, odd), domain: fc.oneof(text, odd), sameSite: odd, maxAge: odd, expires: odd, priority: odd },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(text, fc.constant("id")), text, options, (name, value, given) => {
      try {
        assert.match(encodeSetCookie(name, value, given as CookieOptions), /^[\x20-\x7e]+$/);
      } catch (error) {
        assert.ok(isInvalidHeader(error), String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
