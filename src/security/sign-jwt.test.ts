/** Tests of signing tokens. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { authorize, badOption, runAlone } from "../../test/journey/one-scheme.ts";
import { audience, ec, inSeconds, issuer, rsa, secret } from "../../test/journey/signing-keys.ts";
import { jwt } from "./jwt-scheme.ts";
import { signJwt } from "./sign-jwt.ts";

const base = { issuer, audience, expiresIn: 60 } as const;

test("it sets what jwt() looks at", async () => {
  const token = await signJwt(
    { sub: "ann", iss: "https://evil.example", exp: 1 },
    { ...base, algorithm: "HS256", secret, typ: "at+jwt", kid: "k" },
  );
  assert.deepEqual(decodeProtectedHeader(token), { alg: "HS256", typ: "at+jwt", kid: "k" });
  const claims = decodeJwt(token);
  assert.equal(claims.iss, issuer);
  assert.equal(claims.aud, audience);
  assert.ok(Math.abs((claims.exp ?? 0) - inSeconds(60)) <= 2);
  assert.ok(Math.abs((claims.iat ?? 0) - inSeconds(0)) <= 2);
  assert.match(claims.jti ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(decodeJwt(await signJwt({ jti: "7" }, { ...base, algorithm: "HS256", secret })).jti, "7");
});

test("with private keys", async () => {
  const pem = rsa.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  for (const [algorithm, key, publicKey] of [
    ["RS256", pem, rsa.publicKey],
    ["PS256", rsa.privateKey, rsa.publicKey],
    ["ES256", ec.privateKey.export({ format: "jwk" }), ec.publicKey],
  ] as const) {
    const token = await signJwt({ sub: "ann" }, { ...base, algorithm, key });
    const scheme = jwt({ issuer, audience, algorithms: [algorithm], key: publicKey });
    const { value } = await runAlone(scheme, authorize(`Bearer ${token}`));
    assert.equal((value as { sub: string }).sub, "ann", algorithm);
  }
});

test("wrong options are refused by name", async () => {
  const sign = (options: object): Promise<string> => signJwt({}, { ...base, algorithm: "HS256", secret, ...options });
  await assert.rejects(sign({ secret: "short" }), badOption(/signJwt\(\{ secret \}\) has 5 bytes/));
  await assert.rejects(sign({ secret: undefined }), badOption(/either a secret or a key/));
  await assert.rejects(sign({ algorithm: "none" }), badOption(/algorithms/));
  await assert.rejects(sign({ algorithm: "RS256" }), badOption(/algorithms/));
  await assert.rejects(sign({ expiresIn: undefined }), badOption(/expiresIn/));
  await assert.rejects(sign({ expiresIn: 0 }), badOption(/expiresIn/));
  await assert.rejects(sign({ issuer: "" }), badOption(/issuer/));
  await assert.rejects(sign({ audience: [] }), badOption(/audience/));
  await assert.rejects(sign({ subject: "x" }), badOption(/no option "subject"/));
  const unsigned = { secret: undefined, algorithm: "RS256" };
  await assert.rejects(sign({ ...unsigned, key: rsa.publicKey }), badOption(/must be a private key/));
  await assert.rejects(sign({ ...unsigned, key: ec.privateKey }), badOption(/does not belong to/));
  await assert.rejects(sign({ ...unsigned, key: "s3cr3t" }), badOption(/must be a key/));
});
