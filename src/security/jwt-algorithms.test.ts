/** Tests of the keys that algorithms are bound to. */

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { badOption } from "../../test/journey/one-scheme.ts";
import { ec, rsa } from "../../test/journey/signing-keys.ts";
import { checkAlgorithms, readPublicKey, readSecret } from "./jwt-algorithms.ts";

test("a secret has as many bytes as the longest hash", () => {
  assert.equal(readSecret("jwt", "é".repeat(16), ["HS256"]).length, 32);
  assert.equal(readSecret("jwt", new Uint8Array(64), ["HS256", "HS512"]).length, 64);
  assert.throws(() => readSecret("jwt", "x".repeat(47), ["HS256", "HS384"]), badOption(/needs 48/));
});

test("a key in the place of a secret is refused, as anybody may know it", () => {
  const pem = rsa.publicKey.export({ type: "spki", format: "pem" }) as string;
  assert.throws(() => readSecret("jwt", pem, ["HS256"]), badOption(/was given a PEM/));
  assert.throws(() => checkAlgorithms("jwt", ["HS256"], "asymmetric"), badOption(/for public keys: RS256/));
});

test("a key belongs to every algorithm, or is refused", () => {
  const ed = generateKeyPairSync("ed25519").publicKey;
  const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey;
  for (const [key, names] of [
    [rsa.publicKey, ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]],
    [ec.publicKey, ["ES256"]],
    [ed, ["EdDSA", "Ed25519"]],
    [pss, ["PS256"]],
    [generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey, ["ES384"]],
    [generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey, ["ES512"]],
  ] as const) {
    assert.equal(readPublicKey("jwt", key, names).type, "public");
  }
  for (const [key, name] of [
    [rsa.publicKey, "ES256"],
    [ec.publicKey, "ES384"],
    [ec.publicKey, "RS256"],
    [ed, "ES256"],
    [pss, "RS256"],
    [generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey, "ES256"],
    [generateKeyPairSync("ed448").publicKey, "EdDSA"],
  ] as const) {
    assert.throws(() => readPublicKey("jwt", key, [name]), badOption(/which \w+ does not belong to/));
  }
});

test("a weak key, and what is none, are refused without a word of it", () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  assert.throws(() => readPublicKey("jwt", weak, ["RS256"]), badOption(/1024 bits/));
  for (const wrong of ["s3cr3t", { kty: "s3cr3t" }, 7, null, { kty: "oct", k: "s3cr3ts3cr3t" }]) {
    assert.throws(
      () => readPublicKey("jwt", wrong, ["RS256"]),
      (error: Error) => badOption(/must be a key/)(error) && !error.message.includes("s3cr3t"),
    );
  }
});
