/** Tests of the security headers: defaults, settings, and what a handler set. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ApusError } from "../errors/apus-error.ts";
import { buildRequest, sendThrough } from "../../test/journey/one-middleware.ts";
import type { HeaderLine } from "../http/http-response.ts";
import { securityHeaders, type SecurityHeadersOptions } from "./security-headers.ts";

async function read(
  options?: SecurityHeadersOptions,
  { scheme = "http", headers = [] }: { scheme?: string; headers?: readonly HeaderLine[] } = {},
): Promise<Record<string, string>> {
  const outcome = await sendThrough(securityHeaders(options), buildRequest({ scheme }), { headers });
  return Object.fromEntries(outcome.headers);
}

const defaults = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "same-origin",
};

test("every answer has the defaults, over https one more", async () => {
  assert.deepEqual(await read(), defaults);
  assert.deepEqual(await read({}, { scheme: "https" }), {
    ...defaults,
    "strict-transport-security": "max-age=31536000",
  });
});

test("each header can be set or left out", async () => {
  const set: SecurityHeadersOptions = {
    contentTypeOptions: "nosniff",
    frameOptions: "SAMEORIGIN",
    referrerPolicy: "no-referrer, strict-origin-when-cross-origin",
    crossOriginOpenerPolicy: "same-origin-allow-popups",
    crossOriginResourcePolicy: "cross-origin",
    strictTransportSecurity: { maxAge: 60, includeSubDomains: true },
    contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
    permissionsPolicy: "camera=(), geolocation=(self)",
  };
  assert.deepEqual(await read(set, { scheme: "https" }), {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer, strict-origin-when-cross-origin",
    "strict-transport-security": "max-age=60; includeSubDomains",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "permissions-policy": "camera=(), geolocation=(self)",
  });
  const names = Object.keys(set) as (keyof SecurityHeadersOptions)[];
  const none = Object.fromEntries(names.map((name) => [name, false])) as SecurityHeadersOptions;
  assert.deepEqual(await read(none, { scheme: "https" }), {});
});

test("what the handler sets wins", async () => {
  const headers = [
    ["Referrer-Policy", "no-referrer"],
    ["content-security-policy", "default-src 'self'"],
    ["strict-transport-security", "max-age=0"],
  ] as const;
  assert.deepEqual(await read({ contentSecurityPolicy: "default-src 'none'" }, { scheme: "https", headers }), {
    ...defaults,
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'self'",
    "strict-transport-security": "max-age=0",
  });
});

test("a content security policy may be given by directive", async () => {
  const contentSecurityPolicy = {
    "default-src": ["'self'", "https://cdn.example"],
    "script-src": "'self' 'nonce-abc'",
    "frame-ancestors": "'none'",
    "upgrade-insecure-requests": [],
    sandbox: "allow-forms",
  };
  assert.equal(
    (await read({ contentSecurityPolicy }))["content-security-policy"],
    "default-src 'self' https://cdn.example; script-src 'self' 'nonce-abc'; frame-ancestors 'none'; " +
      "upgrade-insecure-requests; sandbox allow-forms",
  );
});

test("options that mean nothing, or something else, are refused at startup", () => {
  for (const options of [
    { contentTypeOptions: "sniff" },
    { frameOptions: "deny" },
    { frameOptions: true },
    { referrerPolicy: "none" },
    { referrerPolicy: "" },
    { crossOriginOpenerPolicy: "same-site" },
    { crossOriginResourcePolicy: "none" },
    { strictTransportSecurity: { maxAge: 1.5 } },
    { strictTransportSecurity: 60 },
    { contentSecurityPolicy: "" },
    { contentSecurityPolicy: "default-src 'none'\nx: y" },
    { contentSecurityPolicy: {} },
    { contentSecurityPolicy: { defaultSrc: "'self'" } },
    { contentSecurityPolicy: { "default-src": "self" } },
    { contentSecurityPolicy: { "default-src": ["https://a.example none"] } },
    { contentSecurityPolicy: { "script-src": "nonce-abc" } },
    { contentSecurityPolicy: { "default-src": "'self'; script-src *" } },
    { contentSecurityPolicy: { "default-src": ["a", 7] } },
    { contentSecurityPolicy: true },
    { permissionsPolicy: "camera" },
    { permissionsPolicy: { camera: [] } },
    { hsts: false },
  ]) {
    assert.throws(
      () => securityHeaders(options as unknown as SecurityHeadersOptions),
      (error) => error instanceof ApusError && error.message.startsWith("securityHeaders("),
      JSON.stringify(options),
    );
  }
});
