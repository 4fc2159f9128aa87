/** Tests of tokens as a scheme: signature, issuer, audience, times, type, claims, scopes, and what a refusal tells. */

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { z } from "zod";
import { authorize, badOption, refusalBy, runAlone } from "../../test/journey/one-scheme.ts";
import {
  audience,
  ec,
  forgeHmac,
  forgeSigned,
  goodClaims,
  inSeconds,
  issuer,
  rsa,
  secret,
  toJwk,
} from "../../test/journey/signing-keys.ts";
import type { AnyDependency } from "../dependencies/dependency.ts";
import { anyOf } from "./any-of.ts";
import { apiKey } from "./api-key.ts";
import { bearer } from "./bearer.ts";
import { jwt } from "./jwt-scheme.ts";
import { oauth2 } from "./oauth2.ts";
import { signJwt } from "./sign-jwt.ts";

const rules = { issuer, audience, algorithms: ["HS256"], secret } as const;
const header = { alg: "HS256", typ: "JWT" };
const invalid = [401, 'Bearer error="invalid_token"'] as const;

const sign = (claims: object): string => forgeHmac(header, { ...goodClaims(), ...claims });
const bear = (token: string): ReturnType<typeof authorize> => authorize(`Bearer ${token}`);

async function assertAccepted(scheme: AnyDependency, token: string): Promise<void> {
  const { value, error, records } = await runAlone(scheme, bear(token));
  assert.equal(error, undefined, JSON.stringify(records));
  assert.equal((value as { sub: string }).sub, "ann");
}

async function assertRefused(scheme: AnyDependency, token: string, why?: RegExp): Promise<void> {
  assert.deepEqual(await refusalBy(scheme, bear(token)), invalid, token);
  const { records } = await runAlone(scheme, bear(token));
  assert.equal(records.length, 1);
  assert.equal(records[0]?.level, "debug");
  if (why !== undefined) assert.match(String(records[0]?.fields["reason"]), why);
}

test("the value is the claims", async () => {
  const claims = goodClaims();
  assert.deepEqual((await runAlone(jwt(rules), bear(forgeHmac(header, claims)))).value, claims);
  const ours = await signJwt({ sub: "ann" }, { secret, algorithm: "HS256", issuer, audience, expiresIn: 60 });
  await assertAccepted(jwt(rules), ours);
});

test("public keys: PEM, JWK, objects, of Web Crypto too, and key sets", async () => {
  const pem = rsa.publicKey.export({ type: "spki", format: "pem" }) as string;
  const web = rsa.publicKey.toCryptoKey({ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, true, ["verify"]);
  const jwk = rsa.publicKey.export({ format: "jwk" });
  const token = forgeSigned({ alg: "RS256", kid: "1" }, goodClaims());
  const { secret: _, ...base } = rules;
  for (const key of [pem, web, jwk, rsa.publicKey, rsa.privateKey]) {
    await assertAccepted(jwt({ ...base, algorithms: ["RS256"], key }), token);
  }
  const jwks = { keys: [toJwk(ec.publicKey, "0", "ES256"), toJwk(rsa.publicKey, "1", "RS256")] };
  const scheme = jwt({ ...base, algorithms: ["RS256", "ES256"], jwks });
  await assertAccepted(scheme, token);
  await assertAccepted(scheme, forgeSigned({ alg: "ES256", kid: "0" }, goodClaims(), ec.privateKey));
  await assertRefused(scheme, forgeSigned({ alg: "RS256", kid: "0" }, goodClaims()), /ERR_JWKS_NO_MATCHING_KEY/);
  await assertRefused(scheme, forgeSigned({ alg: "RS256", kid: "2" }, goodClaims()), /ERR_JWKS_NO_MATCHING_KEY/);
});

test("issuer and audience, one or several, or any when that is said", async () => {
  const scheme = jwt({ ...rules, issuer: ["https://old.example", issuer], audience: ["other", audience] });
  await assertAccepted(scheme, sign({}));
  await assertAccepted(scheme, sign({ aud: ["x", audience] }));
  await assertAccepted(scheme, sign({ iss: "https://old.example" }));
  for (const wrong of [{ iss: "https://evil.example" }, { iss: undefined }, { iss: [issuer] }, { iss: null }]) {
    await assertRefused(jwt(rules), sign(wrong), /iss/);
  }
  for (const wrong of [{ aud: "x" }, { aud: [] }, { aud: undefined }, { aud: [[audience]] }, { aud: {} }]) {
    await assertRefused(jwt(rules), sign(wrong), /aud/);
  }
  const any = jwt({ ...rules, issuer: false, audience: false });
  await assertAccepted(any, sign({ iss: undefined, aud: undefined }));
});

test("times, with a tolerance", async () => {
  await assertAccepted(jwt(rules), sign({ exp: inSeconds(-3) }));
  await assertRefused(jwt({ ...rules, clockTolerance: 0 }), sign({ exp: inSeconds(-3) }), /ERR_JWT_EXPIRED, exp/);
  await assertRefused(jwt(rules), sign({ exp: inSeconds(-10) }), /ERR_JWT_EXPIRED/);
  await assertRefused(jwt(rules), sign({ nbf: inSeconds(30) }), /nbf/);
  await assertRefused(jwt(rules), sign({ exp: undefined }), /exp/);
  await assertAccepted(jwt({ ...rules, requireExp: false }), sign({ exp: undefined }));
  await assertRefused(jwt({ ...rules, requireExp: false }), sign({ exp: inSeconds(-10) }), /exp/);
  const fresh = jwt({ ...rules, maxAge: 30 });
  await assertAccepted(fresh, sign({ iat: inSeconds(-20) }));
  await assertRefused(fresh, sign({ iat: inSeconds(-60) }), /iat/);
  await assertRefused(fresh, sign({ iat: inSeconds(60) }), /iat/);
  await assertRefused(fresh, sign({}), /iat/);
});

test("the type keeps tokens for something else out", async () => {
  const scheme = jwt({ ...rules, typ: "at+jwt" });
  await assertAccepted(scheme, forgeHmac({ alg: "HS256", typ: "application/AT+JWT" }, goodClaims()));
  await assertRefused(scheme, forgeHmac(header, goodClaims()), /typ/);
  await assertRefused(scheme, forgeHmac({ alg: "HS256" }, goodClaims()), /typ/);
});

test("claims of one's own shape", async () => {
  const claims = z.object({ sub: z.string(), role: z.enum(["user", "admin"]).default("user") });
  const scheme = jwt({ ...rules, claims });
  assert.deepEqual((await runAlone(scheme, bear(sign({})))).value, { sub: "ann", role: "user" });
  await assertRefused(scheme, sign({ role: "root" }), /schema/);
});

test("scopes, as text or list, under any name", async () => {
  const scheme = jwt(rules);
  for (const scope of ["a b", ["a", "b"], "b a c"]) {
    assert.equal((await runAlone(scheme, bear(sign({ scope })), ["a", "b"])).error, undefined);
  }
  for (const scope of ["a", "ab", "A B", ["a b"], ["a", 7], { a: true, b: true }, undefined, 7]) {
    assert.deepEqual(await refusalBy(scheme, bear(sign({ scope })), ["a", "b"]), [
      403,
      'Bearer error="insufficient_scope", scope="a b"',
    ]);
  }
  const named = jwt({ ...rules, scopeClaim: "permissions" });
  assert.equal((await runAlone(named, bear(sign({ permissions: ["a"] })), ["a"])).error, undefined);
  assert.equal((await runAlone(jwt({ ...rules, scopeClaim: "toString" }), bear(sign({})), ["a"])).error?.status, 403);
});

test("without a token: the scheme's own answer", async () => {
  assert.deepEqual(await refusalBy(jwt(rules), {}), [401, "Bearer"]);
  assert.equal((await runAlone(jwt({ ...rules, optional: true }))).value, undefined);
  const cookie = apiKey({ in: "cookie", name: "__Host-session" });
  const scheme = jwt({ ...rules, scheme: cookie });
  const challenge = 'ApiKey in="cookie", name="__Host-session"';
  assert.deepEqual(await refusalBy(scheme, {}), [401, challenge]);
  assert.deepEqual(await refusalBy(scheme, { headers: { cookie: "__Host-session=forged" } }), [401, challenge]);
  const { value } = await runAlone(scheme, { headers: { cookie: `__Host-session=${sign({})}` } });
  assert.equal((value as { sub: string }).sub, "ann");
  const lenient = jwt({ ...rules, scheme: bearer({ optional: true }) });
  assert.equal((await runAlone(lenient)).value, undefined);
  await assertRefused(lenient, "a.b.c");
});

test("it is documented as its scheme, and may be one of several", async () => {
  assert.deepEqual(jwt(rules).options.security, {
    name: "bearer",
    scheme: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
  });
  const login = oauth2({ flows: { password: { tokenUrl: "/token" } } });
  assert.deepEqual(jwt({ ...rules, scheme: login }).options.security, login.options.security);
  const either = anyOf(jwt(rules), apiKey({ in: "header", name: "x-api-key", keys: ["good-key"] }));
  assert.equal((await runAlone(either, { headers: { "x-api-key": "good-key" } })).value, "good-key");
  await assertAccepted(either, sign({}));
  await assertRefused(either, sign({ aud: "x" }));
});

/** The last character of 32 bytes carries two bits that say nothing. */
function nextSpelling(last: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet[alphabet.indexOf(last) ^ 1] ?? "";
}

test("what is no token at all, and second spellings of one", async () => {
  const [head = "", body = "", signature = ""] = sign({}).split(".");
  for (const token of [
    "a",
    "..",
    "a.b.c",
    `${head}.${body}.`,
    `${head}.${body}`,
    `${head}.${body}.${signature}.${signature}`,
    `${head}.${body}.${signature.slice(0, -1)}`,
    `${head}.${body}.${signature}=`,
    `${head}.${body}.${signature.slice(0, -1)}${nextSpelling(signature.at(-1) ?? "")}`,
    `.${body}.${signature}`,
    forgeHmac("[]", goodClaims()),
    forgeHmac("null", goodClaims()),
    forgeHmac(`{"alg":7}`, goodClaims()),
    forgeHmac(header, "[]"),
    forgeHmac(header, "not json"),
    forgeHmac(header, `{"__proto__":{"iss":"${issuer}","aud":"${audience}","exp":9999999999}}`),
    forgeHmac({ ...header, crit: ["exp"] }, goodClaims()),
    forgeHmac({ ...header, crit: ["b64"], b64: false }, goodClaims()),
    forgeHmac({ ...header, crit: [] }, goodClaims()),
  ]) {
    await assertRefused(jwt(rules), token);
  }
});

test("neither the answer nor the log holds the token or its claims", async () => {
  const token = sign({ sub: "s3cr3t", aud: "s3cr3t" });
  const { error, records } = await runAlone(jwt(rules), bear(token));
  const told = JSON.stringify([error?.toProblem(), error?.headers, error?.message, records]);
  assert.doesNotMatch(told, /s3cr3t/);
  assert.ok(!told.includes(token.slice(-20)));
});

test("wrong options are refused by name, and no message holds a secret", () => {
  const make = (options: object): unknown => (jwt as (options: unknown) => unknown)({ ...rules, ...options });
  assert.throws(() => make({ issuer: undefined }), badOption(/jwt\(\{ issuer \}\).*false to accept any/));
  assert.throws(() => make({ audience: [] }), badOption(/jwt\(\{ audience \}\)/));
  assert.throws(() => make({ audience: true }), badOption(/audience/));
  assert.throws(() => make({ algorithms: undefined }), badOption(/algorithms.*HS256, HS384, HS512/));
  assert.throws(() => make({ algorithms: [] }), badOption(/algorithms/));
  assert.throws(() => make({ algorithms: ["none"] }), badOption(/algorithms/));
  assert.throws(() => make({ algorithms: ["HS256", "RS256"] }), badOption(/for a secret/));
  assert.throws(() => make({ key: rsa.publicKey }), badOption(/exactly one of secret, key and jwks/));
  assert.throws(() => make({ secret: undefined }), badOption(/exactly one/));
  assert.throws(
    () => make({ secret: "s3cr3t" }),
    (error: Error) => {
      return badOption(/6 bytes, and HS256 needs 32/)(error) && !error.message.includes("s3cr3t");
    },
  );
  assert.throws(() => make({ secret: 7 }), badOption(/text or bytes/));
  assert.throws(() => make({ typ: "" }), badOption(/typ/));
  assert.throws(() => make({ clockTolerance: 3_600 }), badOption(/clockTolerance.*0 to 300/));
  assert.throws(() => make({ maxAge: -1 }), badOption(/maxAge/));
  assert.throws(() => make({ claims: {} }), badOption(/a Standard Schema/));
  assert.throws(() => make({ requireExp: 1 }), badOption(/requireExp/));
  assert.throws(() => make({ scheme: {} }), badOption(/jwt\(\{ scheme \}\) takes/));
  assert.throws(() => make({ scheme: bearer(), optional: true }), badOption(/make the scheme optional/));
  assert.throws(() => make({ jwksFetch: {} }), badOption(/needs jwks to be a URL/));
  assert.throws(() => make({ leeway: 5 }), badOption(/no option "leeway"/));
});

test("a key of a set that cannot be used is a refusal, and a warning", async () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const { secret: _, ...base } = rules;
  const keys = [toJwk(weak.publicKey, "weak", "RS256"), toJwk(rsa.publicKey, "1", "RS256")];
  const scheme = jwt({ ...base, algorithms: ["RS256"], jwks: { keys } });
  await assertAccepted(scheme, forgeSigned({ alg: "RS256", kid: "1" }, goodClaims()));
  const run = await runAlone(scheme, bear(forgeSigned({ alg: "RS256", kid: "weak" }, goodClaims(), weak.privateKey)));
  assert.equal(run.error?.status, 401);
  assert.deepEqual(
    run.records.map(({ level }) => level),
    ["warn", "debug"],
  );
});

test("a scheme that gives something else than a token is the program's mistake", async () => {
  const scheme = bearer({ verify: () => ({ id: 1 }) });
  const broken = jwt({ ...rules, scheme: scheme as never });
  await assert.rejects(runAlone(broken, bear("abc")), badOption(/text of a token/));
});
