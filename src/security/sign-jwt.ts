/** Signs JSON Web Tokens that `jwt()` accepts. */

import { createPrivateKey, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { checkAlgorithms, checkKey, parseKey, readSecret, type JwtAlgorithm, type JwtKey } from "./jwt-algorithms.ts";

/** Exactly one of `secret` and `key`. */
export interface SignJwtOptions {
  readonly algorithm: JwtAlgorithm;
  readonly secret?: string | Uint8Array | undefined;
  /** The private key. */
  readonly key?: JwtKey | undefined;
  readonly issuer: string;
  readonly audience: string | readonly string[];
  /** Seconds from now until the token ends. */
  readonly expiresIn: number;
  /** The header's `typ`; "JWT" by default. */
  readonly typ?: string | undefined;
  /** Says in the header which key of a set signed. */
  readonly kid?: string | undefined;
}

const known: readonly (keyof SignJwtOptions)[] = [
  ...(["algorithm", "secret", "key", "issuer", "audience", "expiresIn", "typ", "kid"] as const),
];

/**
 * The token's text. `iss`, `aud`, `iat` and `exp` come from the options, and `jti` is random unless it is given. Claims
 * can be read by everybody who has the token.
 * @throws ApusError APUS_BAD_OPTION
 */
export async function signJwt(claims: Readonly<Record<string, unknown>>, options: SignJwtOptions): Promise<string> {
  checkOptions(options);
  const { algorithm, issuer, audience, expiresIn, typ = "JWT", kid } = options;
  return new SignJWT({ jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: algorithm, typ, ...(kid !== undefined && { kid }) })
    .setIssuer(issuer)
    .setAudience(typeof audience === "string" ? audience : [...audience])
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
    .sign(readSigningKey(options));
}

function readSigningKey({ algorithm, secret, key }: SignJwtOptions): Parameters<SignJWT["sign"]>[0] {
  if (secret !== undefined) {
    checkAlgorithms("signJwt", [algorithm], "secret");
    return readSecret("signJwt", secret, [algorithm]);
  }
  checkAlgorithms("signJwt", [algorithm], "asymmetric");
  const parsed = parseKey("signJwt", key, (source) =>
    createPrivateKey(source as Parameters<typeof createPrivateKey>[0]),
  );
  if (parsed.type !== "private") throw new ApusError("APUS_BAD_OPTION", "signJwt({ key }) must be a private key.");
  checkKey("signJwt", parsed, [algorithm]);
  return parsed;
}

function checkOptions(options: SignJwtOptions): void {
  const check = new CheckedOptions("signJwt", options, known);
  check.given("expiresIn", "a number of seconds");
  check.whole("expiresIn", 1, 4_000_000_000);
  const { issuer, audience, secret, key } = options;
  if (typeof issuer !== "string" || issuer === "") check.refuse("issuer", "text");
  const names: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  if (names.length === 0 || !names.every((name) => typeof name === "string" && name !== "")) {
    check.refuse("audience", "text or a list of texts");
  }
  if ((secret === undefined) === (key === undefined)) {
    throw new ApusError("APUS_BAD_OPTION", "signJwt() needs either a secret or a key to sign with.");
  }
}
