/** Tests of the way to https: where it leads, and where it never does. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ApusError } from "../errors/apus-error.ts";
import { buildRequest, sendThrough, type PlainRequestParts } from "../../test/journey/one-middleware.ts";
import { httpsRedirect, type HttpsRedirectOptions } from "./https-redirect.ts";

async function locate(parts: PlainRequestParts, options?: HttpsRedirectOptions): Promise<string | null> {
  const request = buildRequest({ ...parts, headers: { host: "example.com", ...parts.headers } });
  return (await sendThrough(httpsRedirect(options), request)).headers.get("location");
}

test("http goes to the same host, path and query over https", async () => {
  const request = buildRequest({
    method: "POST",
    path: "/a%2Fb/",
    query: "c=d&e=%20",
    headers: { host: "example.com" },
  });
  const outcome = await sendThrough(httpsRedirect(), request);
  assert.deepEqual([outcome.status, outcome.passed], [308, undefined]);
  assert.deepEqual(Object.fromEntries(outcome.headers), { location: "https://example.com/a%2Fb/?c=d&e=%20" });
  assert.equal((await sendThrough(httpsRedirect({ status: 307 }), request)).status, 307);
  assert.equal(await locate({ path: "/items", mountPath: "/shop" }), "https://example.com/shop/items");
});

test("the port of http is left behind, another one can be given", async () => {
  assert.equal(await locate({ headers: { host: "Example.com.:8080" } }), "https://example.com/");
  assert.equal(await locate({ headers: { host: "[0:0::1]:8080" } }), "https://[::1]/");
  assert.equal(await locate({}, { host: "example.org" }), "https://example.org/");
  assert.equal(
    await locate({ headers: { host: "evil.example" } }, { host: "Example.org:8443" }),
    "https://example.org:8443/",
  );
  assert.equal(await locate({}, { host: "example.org:443" }), "https://example.org/");
});

test("57 CVE-2021-22963, 22964: behind the host there is one slash", async () => {
  for (const path of ["//evil.example/x", "///evil.example/x", "/\\evil.example/x", "\\/evil.example/x"]) {
    assert.equal(await locate({ path }), "https://example.com/evil.example/x", path);
  }
});

test("what is no host is answered with 400, and never echoed", async () => {
  for (const host of ["", "evil.example/x", "a@evil.example", "a.com\\b", "a.com, b.com", "a.com#"]) {
    const outcome = await sendThrough(httpsRedirect(), buildRequest({ headers: { host } }));
    assert.deepEqual([outcome.status, outcome.headers.get("location")], [400, null], host);
  }
  assert.equal((await sendThrough(httpsRedirect(), buildRequest())).status, 400);
});

test("https goes on and is told to stay", async () => {
  const outcome = await sendThrough(httpsRedirect(), buildRequest({ scheme: "https" }));
  assert.notEqual(outcome.passed, undefined);
  assert.deepEqual(Object.fromEntries(outcome.headers), { "strict-transport-security": "max-age=31536000" });
  const hsts = { maxAge: 63_072_000, includeSubDomains: true, preload: true };
  const whole = await sendThrough(httpsRedirect({ hsts }), buildRequest({ scheme: "https" }));
  const value = "max-age=63072000; includeSubDomains; preload";
  assert.equal(whole.headers.get("strict-transport-security"), value);
  const none = await sendThrough(httpsRedirect({ hsts: false }), buildRequest({ scheme: "https" }));
  assert.equal(none.headers.has("strict-transport-security"), false);
});

test("what the route says of https stays", async () => {
  const headers = [["Strict-Transport-Security", "max-age=0"]] as const;
  const outcome = await sendThrough(httpsRedirect(), buildRequest({ scheme: "https" }), { headers });
  assert.equal(outcome.headers.get("strict-transport-security"), "max-age=0");
});

test("the server as a whole has no URL to go to", async () => {
  const request = buildRequest({ method: "OPTIONS", path: "*", headers: { host: "example.com" } });
  const outcome = await sendThrough(httpsRedirect(), request);
  assert.deepEqual([outcome.status, outcome.headers.has("strict-transport-security")], [200, false]);
});

test("options that mean nothing are refused at startup", () => {
  for (const options of [
    { host: "https://example.com" },
    { host: "example.com/a" },
    { host: "" },
    { host: 7 },
    { status: 301 },
    { hsts: true },
    { hsts: { maxAge: -1 } },
    { hsts: { maxAge: "1" } },
    { hsts: { includeSubDomains: 1 } },
    { hsts: { preload: true } },
    { hsts: { preload: true, includeSubDomains: true, maxAge: 600 } },
    { hsts: { maxage: 1 } },
    { port: 443 },
  ]) {
    assert.throws(
      () => httpsRedirect(options as unknown as HttpsRedirectOptions),
      (error) => error instanceof ApusError && error.message.startsWith("httpsRedirect("),
      JSON.stringify(options),
    );
  }
});
