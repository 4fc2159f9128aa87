/** Tests of keys that an issuer publishes: kept, fetched anew, and not there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { authorize, badOption, refusalBy, runAlone, type SchemeRun } from "../../test/journey/one-scheme.ts";
import {
  audience,
  ec,
  forgeSigned,
  goodClaims,
  issuer,
  rsa,
  serveKeys,
  toJwk,
} from "../../test/journey/signing-keys.ts";
import type { AnyDependency } from "../dependencies/dependency.ts";
import { jwt } from "./jwt-scheme.ts";
import type { JwksFetchOptions } from "./remote-keys.ts";

const rsaJwk = toJwk(rsa.publicKey, "rsa-1", "RS256");
const ecJwk = toJwk(ec.publicKey, "ec-1", "ES256");
const rsaToken = (kid = "rsa-1"): string => forgeSigned({ alg: "RS256", kid }, goodClaims());
const ecToken = (): string => forgeSigned({ alg: "ES256", kid: "ec-1" }, goodClaims(), ec.privateKey);
const invalid = [401, 'Bearer error="invalid_token"'] as const;

const verifyBy = (jwks: string, jwksFetch?: JwksFetchOptions): AnyDependency =>
  jwt({ issuer, audience, algorithms: ["RS256", "ES256"], jwks, jwksFetch });
const run = (scheme: AnyDependency, token: string): Promise<SchemeRun> =>
  runAlone(scheme, authorize(`Bearer ${token}`));

test("keys are fetched once for all tokens", async () => {
  await using server = await serveKeys([rsaJwk, ecJwk]);
  const scheme = verifyBy(server.url);
  assert.equal(server.fetches, 0);
  const runs = await Promise.all([run(scheme, rsaToken()), run(scheme, ecToken()), run(scheme, rsaToken())]);
  assert.ok(runs.every(({ value }) => (value as { sub: string }).sub === "ann"));
  assert.equal(server.fetches, 1);
});

test("an unknown key does not fetch again before the cooldown is over, a new key is found after it", async () => {
  await using server = await serveKeys([rsaJwk]);
  const patient = verifyBy(server.url);
  await run(patient, rsaToken());
  for (let count = 0; count < 20; count += 1) {
    assert.deepEqual(await refusalBy(patient, authorize(`Bearer ${rsaToken(`guess-${count}`)}`)), invalid);
  }
  assert.equal(server.fetches, 1);
  const eager = verifyBy(server.url, { cooldown: 0 });
  await run(eager, rsaToken());
  server.keys = [rsaJwk, ecJwk];
  assert.equal(((await run(eager, ecToken())).value as { sub: string }).sub, "ann");
  assert.equal(server.fetches, 3);
});

test("an algorithm that is not listed does not even fetch", async () => {
  await using server = await serveKeys([rsaJwk]);
  const scheme = verifyBy(server.url);
  const token = forgeSigned({ alg: "PS256", kid: "rsa-1" }, goodClaims());
  assert.deepEqual(await refusalBy(scheme, authorize(`Bearer ${token}`)), invalid);
  assert.deepEqual(await refusalBy(scheme, authorize("Bearer abc")), invalid);
  assert.equal(server.fetches, 0);
});

test("a token never says where its keys are", async () => {
  await using theirs = await serveKeys([rsaJwk]);
  await using ours = await serveKeys([ecJwk]);
  const jwk = rsa.publicKey.export({ format: "jwk" });
  const token = forgeSigned({ alg: "RS256", kid: "rsa-1", jku: theirs.url, x5u: theirs.url, jwk }, goodClaims());
  assert.deepEqual(await refusalBy(verifyBy(ours.url), authorize(`Bearer ${token}`)), invalid);
  assert.equal(theirs.fetches, 0);
});

for (const answer of ["error", "text", "huge", "redirect", "never"] as const) {
  test(`keys that cannot be had are a 503, not a 401 (${answer})`, async () => {
    await using server = await serveKeys([rsaJwk]);
    server.answer = answer;
    const scheme = verifyBy(server.url, { timeout: 200 });
    const { error } = await run(scheme, rsaToken());
    assert.equal(error?.status, 503);
    assert.deepEqual(error.headers, { "retry-after": "5" });
    assert.ok(error.cause instanceof Error);
    assert.doesNotMatch(JSON.stringify(error.toProblem()), /127\.0\.0\.1/);
    assert.equal((await run(scheme, rsaToken())).error?.status, 503);
    assert.equal(server.fetches, 1, "a failed fetch is not repeated at once");
  });
}

test("nobody listens", async () => {
  const server = await serveKeys([]);
  await server[Symbol.asyncDispose]();
  assert.equal((await run(verifyBy(server.url), rsaToken())).error?.status, 503);
});

test("the URL is https, or this machine, or allowed", () => {
  verifyBy("https://id.example/keys");
  verifyBy("http://localhost:1/keys");
  verifyBy("http://[::1]:1/keys");
  verifyBy("http://id.internal/keys", { allowHttp: true });
  for (const url of [
    "http://id.example/keys",
    "https://user:pw@id.example/keys",
    "file:///keys",
    "http://127.evil.example/",
  ]) {
    assert.throws(() => verifyBy(url), badOption(/must be an https URL/));
  }
  assert.throws(() => verifyBy("/keys"), badOption(/absolute URL or a key set/));
  assert.throws(() => verifyBy("https://id.example", { timeout: 0 }), badOption(/timeout/));
  assert.throws(() => verifyBy("https://id.example", { retries: 1 } as object), badOption(/no option "retries"/));
});
