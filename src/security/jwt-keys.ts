/** Decides at startup what tokens are verified with: one secret, one public key, or the keys of an issuer. */

import { createHmac, timingSafeEqual, type JsonWebKey, type KeyObject } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { ApusError } from "../errors/apus-error.ts";
import { checkAlgorithms, readPublicKey, readSecret, type JwtAlgorithm, type JwtKey } from "./jwt-algorithms.ts";
import { createRemoteKeys, type JwksFetchOptions } from "./remote-keys.ts";

/** Exactly one of `secret`, `key` and `jwks`. */
export interface JwtKeyOptions {
  /** The algorithms that are accepted; those of the key, whatever a token says. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** A secret shared with whoever signs, for the HS algorithms. */
  readonly secret?: string | Uint8Array | undefined;
  /** The public key of whoever signs. */
  readonly key?: JwtKey | undefined;
  /** The issuer's public keys: the URL of its key set, or the set itself. */
  readonly jwks?: string | URL | { readonly keys: readonly JsonWebKey[] } | undefined;
  readonly jwksFetch?: JwksFetchOptions | undefined;
}

/** What a token is verified with. */
export interface JwtVerifier {
  readonly key: Uint8Array | KeyObject | JWTVerifyGetKey;
  /** Looks at a token before anything else does; false: its signature cannot be right. */
  readonly isSigned: (token: string) => boolean;
}

/** @throws ApusError APUS_BAD_OPTION */
export function compileKeys(options: JwtKeyOptions): JwtVerifier {
  const { secret, key, jwks, jwksFetch, algorithms } = options;
  if ([secret, key, jwks].filter((source) => source !== undefined).length !== 1) {
    throw refuse("jwt() needs exactly one of secret, key and jwks to verify tokens with");
  }
  const isRemote = typeof jwks === "string" || jwks instanceof URL;
  if (jwksFetch !== undefined && !isRemote) throw refuse("jwt({ jwksFetch }) needs jwks to be a URL");
  checkAlgorithms("jwt", algorithms, secret === undefined ? "asymmetric" : "secret");
  if (secret !== undefined) {
    const bytes = readSecret("jwt", secret, algorithms);
    return { key: bytes, isSigned: (token) => isSignedWith(bytes, token, algorithms) };
  }
  const found = key === undefined ? compileKeySet(jwks, jwksFetch) : readPublicKey("jwt", key, algorithms);
  return { key: found, isSigned: (token) => readSignature(token) !== undefined };
}

function compileKeySet(jwks: JwtKeyOptions["jwks"], jwksFetch: JwksFetchOptions | undefined): JWTVerifyGetKey {
  if (typeof jwks === "object" && !(jwks instanceof URL)) {
    try {
      return createLocalJWKSet(jwks as JSONWebKeySet);
    } catch {
      throw refuse("jwt({ jwks }) must be a URL or a key set, { keys: […] }");
    }
  }
  const url = jwks === undefined ? null : URL.parse(String(jwks));
  if (url === null) throw refuse("jwt({ jwks }) must be an absolute URL or a key set, { keys: […] }");
  return createRemoteKeys(url, jwksFetch);
}

/**
 * Compares the HMAC in constant time, before the library does: Web Crypto's comparison has been a plain one
 * (CVE-2026-21713). What it then compares is known to be equal.
 */
function isSignedWith(secret: Uint8Array, token: string, algorithms: readonly string[]): boolean {
  const end = token.lastIndexOf(".");
  const algorithm = readAlgorithm(token);
  if (algorithm === undefined || !algorithms.includes(algorithm)) return false;
  const expected = createHmac(`sha${algorithm.slice(2)}`, secret)
    .update(token.slice(0, end))
    .digest();
  const sent = readSignature(token);
  return sent?.length === expected.length && timingSafeEqual(sent, expected);
}

/**
 * undefined for what is no canonical base64url: the library also takes padding and stray bits, by which one token has
 * many spellings, and a list of revoked ones would know but one of them.
 */
function readSignature(token: string): Buffer | undefined {
  const text = token.slice(token.lastIndexOf(".") + 1);
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

function readAlgorithm(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined;
  }
}

function refuse(sentence: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `${sentence}.`);
}
