/** The signature algorithms of tokens (RFC 7518, RFC 8037) and the keys that each belongs to. */

import { createPublicKey, KeyObject, type JsonWebKey, type webcrypto } from "node:crypto";
import { ApusError } from "../errors/apus-error.ts";

/** Bits of an HMAC's hash; its secret must have as many (RFC 7518 §3.2). */
const secretBits: ReadonlyMap<string, number> = new Map([
  ["HS256", 256],
  ["HS384", 384],
  ["HS512", 512],
]);

/** Which kind of key an algorithm verifies with, named as `nameKey` names it. */
const keyKinds: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["RS256", ["rsa"]],
  ["RS384", ["rsa"]],
  ["RS512", ["rsa"]],
  ["PS256", ["rsa", "rsa-pss"]],
  ["PS384", ["rsa", "rsa-pss"]],
  ["PS512", ["rsa", "rsa-pss"]],
  ["ES256", ["prime256v1"]],
  ["ES384", ["secp384r1"]],
  ["ES512", ["secp521r1"]],
  ["EdDSA", ["ed25519"]],
  ["Ed25519", ["ed25519"]],
]);

/** "none" and whatever else a token may ask for is none of these. */
export type JwtAlgorithm =
  | "HS256"
  | "HS384"
  | "HS512"
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "EdDSA"
  | "Ed25519";

/** A key as users have it: PEM text, a JSON Web Key, or an object of `node:crypto` or Web Crypto. */
export type JwtKey = string | JsonWebKey | KeyObject | webcrypto.CryptoKey;

/**
 * Refuses algorithms that there are not, and those that do not belong to the kind of key: a token that chooses its
 * algorithm could otherwise have a public key taken for a secret.
 * @throws ApusError APUS_BAD_OPTION
 */
export function checkAlgorithms(factory: string, algorithms: unknown, kind: "secret" | "asymmetric"): void {
  const fitting = kind === "secret" ? [...secretBits.keys()] : [...keyKinds.keys()];
  const isList = Array.isArray(algorithms) && algorithms.length > 0;
  if (isList && algorithms.every((name: unknown) => typeof name === "string" && fitting.includes(name))) return;
  const owner = kind === "secret" ? "a secret" : "public keys";
  throw refuse(`${factory}({ algorithms }) must list at least one of those for ${owner}: ${fitting.join(", ")}`);
}

/**
 * The bytes of a secret, long enough for each of the algorithms.
 * @throws ApusError APUS_BAD_OPTION, which never shows the secret.
 */
export function readSecret(factory: string, secret: unknown, algorithms: readonly string[]): Uint8Array {
  if (typeof secret !== "string" && !(secret instanceof Uint8Array)) {
    throw refuse(`${factory}({ secret }) must be text or bytes`);
  }
  if (typeof secret === "string" && secret.includes("-----BEGIN")) {
    throw refuse(`${factory}({ secret }) was given a PEM: that is a key, give it as "key"`);
  }
  const bytes = typeof secret === "string" ? Buffer.from(secret) : secret;
  const needed = Math.max(...algorithms.map((name) => (secretBits.get(name) ?? 0) / 8));
  if (bytes.length >= needed) return bytes;
  const remedy = `make one with node -p "crypto.randomBytes(${needed}).toString('base64url')"`;
  throw refuse(
    `${factory}({ secret }) has ${bytes.length} bytes, and ${algorithms.join(", ")} needs ${needed}: ${remedy}`,
  );
}

/**
 * A public key for verifying; of a private one, its public half.
 * @throws ApusError APUS_BAD_OPTION for what is no such key, or none of each algorithm's kind.
 */
export function readPublicKey(factory: string, key: unknown, algorithms: readonly string[]): KeyObject {
  const parsed = parseKey(factory, key, (source) => createPublicKey(source as Parameters<typeof createPublicKey>[0]));
  const made = parsed.type === "private" ? createPublicKey(parsed) : parsed;
  checkKey(factory, made, algorithms);
  return made;
}

/**
 * Reads PEM text, a JSON Web Key or an object; `create` is that of `node:crypto`.
 * @throws ApusError APUS_BAD_OPTION, which never shows the key.
 */
export function parseKey(factory: string, key: unknown, create: (source: unknown) => KeyObject): KeyObject {
  try {
    if (key instanceof KeyObject) return key;
    if (key instanceof CryptoKey) return KeyObject.from(key);
    return create(typeof key === "string" ? key : { key, format: "jwk" });
  } catch {
    // Without the cause, which may hold what was given.
    throw refuse(`${factory}({ key }) must be a key: PEM text, a JSON Web Key, a KeyObject or a CryptoKey`);
  }
}

/** @throws ApusError APUS_BAD_OPTION when a key is not of each algorithm's kind, or too short. */
export function checkKey(factory: string, key: KeyObject, algorithms: readonly string[]): void {
  const kind = nameKind(key);
  const wrong = algorithms.find((name) => keyKinds.get(name)?.includes(kind) !== true);
  if (wrong !== undefined) throw refuse(`${factory}({ key }) is a key of ${kind}, which ${wrong} does not belong to`);
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < 2048) throw refuse(`${factory}({ key }) has ${bits} bits: RSA needs at least 2048`);
}

function nameKind(key: KeyObject): string {
  return key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? "a secret";
}

function refuse(sentence: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `${sentence}.`);
}
