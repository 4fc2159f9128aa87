/** Tests of the forgery guard: what a browser says of a request, and what follows from it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ApusError } from "../errors/apus-error.ts";
import { buildRequest, sendThrough, type PlainRequestParts } from "../../test/journey/one-middleware.ts";
import { csrf, type CsrfOptions } from "./csrf.ts";

const session = "session=secret";

async function send(parts: PlainRequestParts, options?: CsrfOptions): Promise<number> {
  const headers = { host: "example.com", ...parts.headers };
  return (await sendThrough(csrf(options), buildRequest({ method: "POST", scheme: "https", ...parts, headers })))
    .status;
}

test("the browser's own word counts", async () => {
  for (const [site, status] of [
    ["same-origin", 200],
    ["none", 200],
    ["same-site", 403],
    ["cross-site", 403],
    ["", 403],
    ["Same-Origin", 403],
    ["same-origin, cross-site", 403],
  ] as const) {
    assert.equal(await send({ headers: { "sec-fetch-site": site, cookie: session } }), status, site);
    assert.equal(await send({ headers: { "sec-fetch-site": site } }), status, `${site}, without cookie`);
  }
});

test("the browser's word goes before what the origin looks like", async () => {
  const headers = { "sec-fetch-site": "cross-site", origin: "https://example.com" };
  assert.equal(await send({ headers }), 403);
});

test("pages of the same site and listed origins may be let in", async () => {
  assert.equal(await send({ headers: { "sec-fetch-site": "same-site" } }, { allowSite: true }), 200);
  assert.equal(await send({ headers: { "sec-fetch-site": "cross-site" } }, { allowSite: true }), 403);
  const listed = { origins: ["HTTPS://Admin.example.com:443"] };
  for (const [origin, status] of [
    ["https://admin.example.com", 200],
    ["https://evil.example", 403],
    ["https://admin.example.com.evil.example", 403],
  ] as const) {
    assert.equal(await send({ headers: { "sec-fetch-site": "cross-site", origin } }, listed), status, origin);
    assert.equal(await send({ headers: { origin } }, listed), status, origin);
  }
});

test("a browser that says only its origin is compared with scheme and host", async () => {
  for (const [origin, host, status] of [
    ["https://example.com", "example.com", 200],
    ["https://example.com", "EXAMPLE.com:443", 200],
    ["https://example.com:8443", "example.com:8443", 200],
    ["http://example.com", "example.com", 403],
    ["https://example.com:8443", "example.com", 403],
    ["https://evil.example", "example.com", 403],
    ["null", "example.com", 403],
    ["", "example.com", 403],
    ["null", "", 403],
    ["https://user@example.com", "user@example.com", 403],
  ] as const) {
    assert.equal(await send({ headers: { origin, host, cookie: session } }), status, `${origin} at ${host}`);
  }
});

test("a client that says nothing may change something only without a cookie", async () => {
  assert.equal(await send({}), 200);
  assert.equal(await send({ headers: { authorization: "Bearer token" } }), 200);
  assert.equal(await send({ headers: { cookie: session } }), 403);
});

test("78, 79 CVE-2021-32677, CVE-2024-43787, 48913: the content type makes no request harmless", async () => {
  for (const type of ["text/plain", "Application/x-www-form-urlencoded", "application/json", ""]) {
    const headers = { "content-type": type, cookie: session, "sec-fetch-site": "cross-site" };
    assert.equal(await send({ headers }), 403, type);
  }
  assert.equal(await send({ headers: { cookie: session, origin: "https://evil.example" } }), 403);
});

test("methods that change nothing pass, all others do not", async () => {
  const headers = { "sec-fetch-site": "cross-site", cookie: session };
  for (const method of ["GET", "HEAD", "OPTIONS", "QUERY"]) assert.equal(await send({ method, headers }), 200, method);
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "get", "PROPFIND"]) {
    assert.equal(await send({ method, headers }), 403, method);
  }
});

test("the handshake of a WebSocket is no harmless GET", async () => {
  const parts = { method: "GET", headers: { upgrade: "websocket", origin: "https://evil.example", cookie: session } };
  assert.equal(await send(parts), 403);
  assert.equal(await send({ ...parts, headers: { ...parts.headers, origin: "https://example.com" } }), 200);
});

test("options that mean nothing are refused at startup", () => {
  for (const options of [
    { origins: "https://a.example" },
    { origins: ["null"] },
    { origins: ["*"] },
    { origins: ["https://a.example/"] },
    { allowSite: "yes" },
    { origin: [] },
  ]) {
    assert.throws(
      () => csrf(options as unknown as CsrfOptions),
      (error) => error instanceof ApusError && error.code === "APUS_BAD_OPTION" && error.message.startsWith("csrf("),
      JSON.stringify(options),
    );
  }
});
