/** Attacks on credentials: tokens whose algorithm, key, audience or times are not what they should be, and comparisons that tell. */

import assert from "node:assert/strict";
import crypto, { generateKeyPairSync } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { test, type TestContext } from "node:test";
import { App } from "apus";
import { jwt, type JwtKeyOptions } from "apus/jwt";
import { testClient, type TestClient } from "apus/testing";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { apiKey } from "../../src/security/api-key.ts";
import { bearer } from "../../src/security/bearer.ts";
import { badOption } from "../journey/one-scheme.ts";
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
} from "../journey/signing-keys.ts";

const header = { alg: "HS256", typ: "JWT" };
const byHmac: JwtKeyOptions = { algorithms: ["HS256"], secret };
const byRsa: JwtKeyOptions = { algorithms: ["RS256"], key: rsa.publicKey };
const bySet: JwtKeyOptions = {
  algorithms: ["RS256", "ES256"],
  jwks: { keys: [toJwk(rsa.publicKey, "1", "RS256"), toJwk(ec.publicKey, "2", "ES256")] },
};
const pem = rsa.publicKey.export({ type: "spki", format: "pem" }) as string;

interface Guarded {
  readonly records: LogRecord[];
  readonly app: App;
}

function guard(keys: JwtKeyOptions): Guarded {
  const records: LogRecord[] = [];
  const app = new App({ docs: false, log: createLogger((record) => records.push(record), "debug") });
  app.get("/", { use: { claims: jwt({ issuer, audience, ...keys }) } }, ({ claims }) => ({ sub: claims.sub }));
  return { records, app };
}

const ask = (client: TestClient<Record<never, never>>, authorization: string): Promise<Response> =>
  client.fetch("/", { headers: { authorization } });

/** Every token is a 401 on both engines, nothing is logged as an error, and a good token still passes. */
async function assertRefused(keys: JwtKeyOptions, good: string, tokens: readonly string[]): Promise<void> {
  for (const socket of ["net", "node"] as const) {
    const { app, records } = guard(keys);
    await using client = await testClient(app, { socket });
    for (const token of tokens) {
      const answer = await ask(client, `Bearer ${token}`);
      assert.equal(answer.status, 401, token);
      assert.equal(answer.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
      const problem = (await answer.json()) as { detail: string };
      assert.equal(problem.detail, "The credentials are not accepted.");
    }
    assert.equal((await ask(client, `Bearer ${good}`)).status, 200);
    assert.deepEqual(
      records.filter(({ level }) => level === "error" || level === "warn"),
      [],
    );
  }
}

const goodHmac = (): string => forgeHmac(header, goodClaims());
const goodRsa = (): string => forgeSigned({ alg: "RS256", kid: "1" }, goodClaims());

test("155 CVE-2022-23539, 23540, 23541: a token without a signature, or with a public key for a secret", async () => {
  const body = Buffer.from(JSON.stringify(goodClaims())).toString("base64url");
  const unsigned = ["none", "None", "nOnE", "NONE", "", "hs256", undefined, null, 0, ["HS256"]].flatMap((alg) => {
    const head = Buffer.from(JSON.stringify({ alg, typ: "JWT" })).toString("base64url");
    return [`${head}.${body}.`, `${head}.${body}.AA`, forgeHmac({ alg }, goodClaims())];
  });
  const tokens = unsigned.filter((token) => token.split(".").every((part) => part !== "") || token.endsWith("."));
  await assertRefused(byHmac, goodHmac(), tokens);
  await assertRefused(byRsa, goodRsa(), [...tokens, forgeHmac(header, goodClaims(), pem)]);
  const make = (keys: object): unknown => jwt({ issuer, audience, ...keys } as Parameters<typeof jwt>[0]);
  assert.throws(() => make({ secret }), badOption(/algorithms/));
  assert.throws(() => make({ secret, algorithms: ["none"] }), badOption(/algorithms/));
  assert.throws(() => make({ secret: pem, algorithms: ["HS256"] }), badOption(/a PEM/));
  assert.throws(() => make({ key: pem, algorithms: ["HS256"] }), badOption(/for public keys/));
  assert.throws(() => make({ key: ec.publicKey, algorithms: ["RS256"] }), badOption(/does not belong/));
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  assert.throws(() => make({ key: weak, algorithms: ["RS256"] }), badOption(/at least 2048/));
  assert.throws(() => make({ secret: "short", algorithms: ["HS256"] }), badOption(/needs 32/));
});

test("156 GHSA-869p-cjfg-cm3x: no field of a token chooses the secret", async () => {
  const jwk = { kty: "oct", k: Buffer.alloc(32).toString("base64url") };
  const fields = [
    { kid: "" },
    { kid: "../../../../dev/null" },
    { kid: "0' UNION SELECT 'a" },
    { kid: "__proto__" },
    { jwk },
    { jku: "https://evil.example/keys" },
    { x5u: "https://evil.example/certificate" },
  ];
  const keys = ["", "\u0000".repeat(32), Buffer.alloc(32), "undefined", "null", "[object Object]", "a"];
  const tokens = fields.flatMap((field) => keys.map((key) => forgeHmac({ ...header, ...field }, goodClaims(), key)));
  await assertRefused(byHmac, goodHmac(), tokens);
  const own = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const embedded = { alg: "RS256", kid: "1", jwk: own.publicKey.export({ format: "jwk" }) };
  await assertRefused(bySet, goodRsa(), [forgeSigned(embedded, goodClaims(), own.privateKey)]);
});

test("157 CVE-2026-22817, 22818: a token does not choose its algorithm", async () => {
  const spki = rsa.publicKey.export({ type: "spki", format: "der" });
  const modulus = Buffer.from(rsa.publicKey.export({ format: "jwk" }).n ?? "", "base64url");
  const confused = [pem, pem.trimEnd(), `${pem}\n`, spki, modulus].flatMap((key) =>
    ["HS256", "RS256", "ES256", "PS256"].map((alg) => forgeHmac({ alg, kid: "1" }, goodClaims(), key)),
  );
  const others = [
    forgeSigned({ alg: "RS512", kid: "1" }, goodClaims()),
    forgeSigned({ alg: "PS256", kid: "1" }, goodClaims()),
    forgeSigned({ alg: "ES256", kid: "1" }, goodClaims()),
    forgeSigned({ alg: "RS256", kid: "2" }, goodClaims(), ec.privateKey),
    forgeSigned({ alg: "RS256", kid: "1" }, goodClaims(), ec.privateKey),
  ];
  await assertRefused(byRsa, goodRsa(), [...confused, ...others]);
  await assertRefused(bySet, goodRsa(), [...confused, ...others]);
  await assertRefused(byHmac, goodHmac(), [...others, goodRsa(), forgeHmac({ alg: "HS512" }, goodClaims())]);
});

test("158 CVE-2025-62610: a token for another audience, or of another issuer", async () => {
  const changes = [
    { aud: undefined },
    { aud: "other" },
    { aud: ["other"] },
    { aud: `${audience} ` },
    { aud: audience.toUpperCase() },
    { aud: { [audience]: true } },
    { aud: "" },
    { iss: undefined },
    { iss: `${issuer}/` },
    { iss: `${issuer}.evil.example` },
    { iss: [issuer] },
  ];
  const tokens = changes.map((change) => forgeHmac(header, { ...goodClaims(), ...change }));
  await assertRefused(byHmac, goodHmac(), tokens);
  const make = (options: object): unknown => jwt({ ...byHmac, ...options } as Parameters<typeof jwt>[0]);
  assert.throws(() => make({ issuer }), badOption(/audience/));
  assert.throws(() => make({ audience }), badOption(/issuer/));
});

test("159 hono a5bd9ebe: times that are no finite number", async () => {
  const claims = JSON.stringify({ ...goodClaims(), exp: "EXP", nbf: "NBF" });
  const withTimes = (exp: string, nbf = "0"): string =>
    forgeHmac(header, claims.replace('"EXP"', exp).replace('"NBF"', nbf));
  const later = String(inSeconds(60));
  const tokens = [
    ...[
      "0",
      "-1",
      "-0",
      "1e400",
      "-1e400",
      '"1e400"',
      `"${later}"`,
      "null",
      "true",
      "[]",
      `[${later}]`,
      "{}",
      '""',
    ].map((exp) => withTimes(exp)),
    ...["1e400", '"0"', "null", "true", "[]", String(inSeconds(600))].map((nbf) => withTimes(later, nbf)),
  ];
  await assertRefused(byHmac, withTimes(later), tokens);
});

test("160 CVE-2026-47673: a token is only taken from the scheme Bearer", async () => {
  for (const socket of ["net", "node"] as const) {
    const { app } = guard(byHmac);
    await using client = await testClient(app, { socket });
    const token = goodHmac();
    for (const scheme of ["Basic", "Token", "JWT", "DPoP", "Bearer2", "XBearer", "bear", ""]) {
      const answer = await ask(client, `${scheme} ${token}`);
      assert.equal(answer.status, 401, scheme);
      assert.equal(answer.headers.get("www-authenticate"), "Bearer");
    }
    for (const scheme of ["Bearer", "bearer", "BEARER", "bEaReR"]) {
      assert.equal((await ask(client, `${scheme} ${token}`)).status, 200, scheme);
    }
  }
});

/** Counts what is compared in constant time. */
function watchComparisons(context: TestContext): readonly (readonly [number, number])[] {
  const lengths: (readonly [number, number])[] = [];
  const { timingSafeEqual } = crypto;
  context.mock.method(crypto, "timingSafeEqual", (left: Uint8Array, right: Uint8Array) => {
    lengths.push([left.byteLength, right.byteLength]);
    return timingSafeEqual(left, right);
  });
  syncBuiltinESMExports();
  context.after(() => {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return lengths;
}

test("161 CVE-2022-31142: neither the length of a key nor where it differs takes another time", async (context) => {
  const app = new App({ docs: false, log: false });
  const keys = ["first-key", "second-key-that-is-longer", "third"];
  app.get("/", { use: { key: apiKey({ in: "header", name: "x-api-key", keys }) } }, () => "in");
  await using client = await testClient(app);
  const lengths = watchComparisons(context);
  for (const sent of ["f", "first-ke", "first-key-", "second-key-that-is-longer", "x".repeat(4_000), "first-key"]) {
    const before = lengths.length;
    const answer = await client.fetch("/", { headers: { "x-api-key": sent } });
    assert.equal(answer.status, keys.includes(sent) ? 200 : 401);
    // Each key is compared by its hash, also behind the one that fits.
    assert.deepEqual(
      lengths.slice(before),
      Array.from({ length: 3 }, () => [32, 32]),
    );
  }
});

test("162 CVE-2026-21713: the HMAC of a token is compared in constant time, and first", async (context) => {
  const { app } = guard(byHmac);
  await using client = await testClient(app);
  const verify = context.mock.method(globalThis.crypto.subtle, "verify");
  const lengths = watchComparisons(context);
  const [head, body, signature = ""] = goodHmac().split(".");
  const flipped = signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
  assert.equal((await ask(client, `Bearer ${head}.${body}.${flipped}`)).status, 401);
  assert.deepEqual(lengths, [[32, 32]]);
  assert.equal(verify.mock.callCount(), 0);
  assert.equal((await ask(client, `Bearer ${head}.${body}.${signature}`)).status, 200);
  assert.equal(verify.mock.callCount(), 1);
});

test("160, 161: credentials are never in an answer or a log line", async () => {
  const records: LogRecord[] = [];
  const app = new App({ log: createLogger((record) => records.push(record), "debug") });
  app.get("/bearer", { use: { token: bearer({ verify: () => false }) } }, () => "in");
  app.get("/key", { use: { key: apiKey({ in: "query", name: "api_key", keys: ["k"] }) } }, () => "in");
  await using client = await testClient(app);
  const told: string[] = [];
  for (const answer of [
    await client.fetch("/bearer", { headers: { authorization: "Bearer s3cr3t" } }),
    await client.fetch("/bearer", { headers: { authorization: "Bearer s3cr3t s3cr3t" } }),
    await client.fetch("/key?api_key=s3cr3t"),
  ]) {
    assert.equal(answer.status, 401);
    told.push(await answer.text(), JSON.stringify([...answer.headers]));
  }
  assert.ok(records.length >= 3);
  assert.doesNotMatch(JSON.stringify([told, records]), /s3cr3t/);
});
