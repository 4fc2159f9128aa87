/** Stores passwords as Argon2id hashes (RFC 9106) in the PHC string format, computed off the event loop. */

import * as crypto from "node:crypto";
import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { takeTurn } from "./hash-turns.ts";

/** How much work a hash is; the defaults are those of OWASP (19 MiB, two passes). */
export interface PasswordHashOptions {
  /** KiB of memory; 19456 by default. */
  readonly memory?: number | undefined;
  /** Passes over the memory; 2 by default. */
  readonly passes?: number | undefined;
  /** Lanes; 1 by default. */
  readonly parallelism?: number | undefined;
}

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

interface StoredHash extends Cost {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const defaults: Cost = { memory: 19_456, passes: 2, parallelism: 1 };

/** A stored hash says itself how much work it is, so that one from elsewhere could make a login take gigabytes. */
const limits: Cost = { memory: 262_144, passes: 16, parallelism: 16 };

/** KiB that all passes together may go over. */
const maxWork = 1_048_576;

const saltLength = 16;
const tagLength = 32;

/**
 * The text to store: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. The password is brought to Unicode's NFC first, so that it
 * does not matter how a keyboard composes its letters (RFC 8265 §4.2).
 * @throws ApusError APUS_BAD_OPTION; HttpError 503 when too many hashes wait already.
 */
export async function hashPassword(password: string, options: PasswordHashOptions = {}): Promise<string> {
  const cost = readCost("hashPassword", options);
  const salt = crypto.randomBytes(saltLength);
  const tag = await compute(password, { ...cost, salt, tag: Buffer.alloc(tagLength) });
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${encode(salt)}$${encode(tag)}`;
}

/**
 * Whether a password is the one that was hashed. Without a hash (there is no such user) it takes as long and is false, so
 * that the time does not tell who has an account.
 * @throws ApusError APUS_BAD_OPTION when the text is no Argon2id hash, or one that costs more than 256 MiB or 16 passes:
 * a database that lost its hashes must not look like many wrong passwords. HttpError 503 when too many wait already.
 */
export async function verifyPassword(password: string, hash: string | undefined | null): Promise<boolean> {
  if (hash === undefined || hash === null) {
    await compute(password, { ...defaults, salt: Buffer.alloc(saltLength), tag: Buffer.alloc(tagLength) });
    return false;
  }
  const stored = parseHash(hash);
  if (stored === undefined) {
    throw new ApusError(
      "APUS_BAD_OPTION",
      "verifyPassword() was given a hash that hashPassword() did not make: it must be argon2id, version 19, at most 256 MiB and 16 passes.",
    );
  }
  return crypto.timingSafeEqual(await compute(password, stored), stored.tag);
}

/**
 * Whether a hash was made with less than, or otherwise than, `options` ask for: hash the password anew when it is next
 * verified. True for what is no hash of this kind.
 * @throws ApusError APUS_BAD_OPTION
 */
export function needsRehash(hash: string, options: PasswordHashOptions = {}): boolean {
  const { memory, passes, parallelism } = readCost("needsRehash", options);
  const stored = parseHash(hash);
  if (stored === undefined || stored.tag.length !== tagLength || stored.salt.length < saltLength) return true;
  return stored.memory !== memory || stored.passes !== passes || stored.parallelism !== parallelism;
}

function readCost(factory: string, options: PasswordHashOptions): Cost {
  const check = new CheckedOptions(factory, options, Object.keys(defaults));
  check.whole("parallelism", 1, limits.parallelism);
  const { memory = defaults.memory, passes = defaults.passes, parallelism = defaults.parallelism } = options;
  check.whole("memory", 8 * parallelism, limits.memory);
  check.whole("passes", 1, Math.min(limits.passes, Math.floor(maxWork / memory)));
  return { memory, passes, parallelism };
}

/** undefined for what is malformed, of another kind, or out of bounds. */
function parseHash(hash: string): StoredHash | undefined {
  if (typeof hash !== "string" || hash.length > 256) return undefined;
  const [empty, kind, version, cost, salt, tag, ...rest] = hash.split("$");
  if (empty !== "" || kind !== "argon2id" || version !== "v=19" || rest.length > 0) return undefined;
  const numbers = /^m=([1-9]\d{0,6}),t=([1-9]\d{0,2}),p=([1-9]\d{0,2})$/.exec(cost ?? "");
  const [memory = 0, passes = 0, parallelism = 0] = numbers?.slice(1).map(Number) ?? [];
  const isBounded =
    memory >= 8 * parallelism &&
    memory <= limits.memory &&
    passes <= limits.passes &&
    parallelism <= limits.parallelism &&
    memory * passes <= maxWork;
  const saltBytes = decode(salt);
  const tagBytes = decode(tag);
  if (numbers === null || !isBounded || saltBytes === undefined || tagBytes === undefined) return undefined;
  if (saltBytes.length < 8 || saltBytes.length > 64 || tagBytes.length < 16 || tagBytes.length > 64) return undefined;
  return { memory, passes, parallelism, salt: saltBytes, tag: tagBytes };
}

/** Base64 without padding, as the PHC format wants it. */
function encode(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

function decode(text: string | undefined): Buffer | undefined {
  if (text === undefined || text === "") return undefined;
  const bytes = Buffer.from(text, "base64");
  return encode(bytes) === text ? bytes : undefined;
}

function compute(password: string, { salt, tag, ...cost }: StoredHash): Promise<Buffer> {
  // Not a named import: without it in Node.js, nothing of the package could be loaded.
  const { argon2 } = crypto;
  if (typeof argon2 !== "function") {
    throw new ApusError("APUS_MISSING_PACKAGE", "Passwords need the Argon2 of Node.js 24.7 or newer: update Node.js.");
  }
  const parameters = { ...cost, message: password.normalize("NFC"), nonce: salt, tagLength: tag.length };
  return takeTurn(
    () =>
      new Promise((resolve, reject) => {
        argon2("argon2id", parameters, (error, derived) => {
          if (error === null) resolve(derived);
          else reject(error);
        });
      }),
  );
}
