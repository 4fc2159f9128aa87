/** Seals texts into cookie values and opens them again: AES-256-GCM, or HMAC-SHA-256 over a text that may be read. */

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

/** "encrypted": nobody reads or changes it. "signed": everybody reads it, nobody changes it. */
export type SessionProtection = "encrypted" | "signed";

/** A text that was sealed here. `isOld`: by another key than the current one. */
export interface OpenedSeal {
  readonly text: string;
  readonly isOld: boolean;
}

export interface SessionSeal {
  /** A value of base64url characters. */
  seal(text: string): string;
  /** undefined for everything that was not sealed by one of the keys for this purpose. */
  open(value: string): OpenedSeal | undefined;
}

/** What keys are derived for: a value sealed for one purpose opens for no other. */
export interface SealPurpose {
  readonly protection: SessionProtection;
  /** Of the cookie. */
  readonly name: string;
}

/** Characters of the longest value that is looked at. */
const maximumLength = 4096;

const keyLength = 32;
const keyIdLength = 4;
/** RFC 5116 §5.1: 96 bits. Random ones are good for 2^32 seals by one key (NIST SP 800-38D §8.3). */
const nonceLength = 12;
const tagLength = 16;
const macLength = 32;

interface SealKey {
  /** Version and key id, which every value begins with. */
  readonly header: Buffer;
  readonly key: Buffer;
}

/** The bytes behind the header, from text and back; `open` gives undefined for what was changed. */
interface Protect {
  readonly version: number;
  readonly seal: (key: SealKey, content: Buffer) => Buffer;
  readonly open: (key: SealKey, sealed: Buffer) => Buffer | undefined;
}

const protections: Readonly<Record<SessionProtection, Protect>> = {
  encrypted: { version: 1, seal: encrypt, open: decrypt },
  signed: { version: 2, seal: sign, open: verify },
};

/** A seal of keys derived from `secrets` (RFC 5869); the first one seals, all of them open. */
export function createSeal(secrets: readonly [Uint8Array, ...Uint8Array[]], purpose: SealPurpose): SessionSeal {
  const protect = protections[purpose.protection];
  const [first, ...older] = secrets;
  const current = deriveKey(first, protect.version, purpose);
  const all = [current, ...older.map((secret) => deriveKey(secret, protect.version, purpose))];
  const headerLength = current.header.length;
  return {
    seal: (text) => Buffer.concat([current.header, protect.seal(current, Buffer.from(text))]).toString("base64url"),
    open: (value) => {
      const bytes = decodeValue(value);
      if (bytes === undefined) return undefined;
      const header = bytes.subarray(0, headerLength);
      const key = all.find((candidate) => candidate.header.equals(header));
      const content = key === undefined ? undefined : protect.open(key, bytes.subarray(headerLength));
      return content === undefined ? undefined : { text: content.toString(), isOld: key !== current };
    },
  };
}

function deriveKey(secret: Uint8Array, version: number, { protection, name }: SealPurpose): SealKey {
  const derive = (use: string, length: number): Buffer =>
    Buffer.from(hkdfSync("sha256", secret, "apus session", `${protection} ${use} ${name}`, length));
  return { header: Buffer.concat([Buffer.of(version), derive("id", keyIdLength)]), key: derive("key", keyLength) };
}

/** One spelling for each value: what Buffer would pass over makes it another value. */
function decodeValue(value: string): Buffer | undefined {
  if (value.length > maximumLength) return undefined;
  const bytes = Buffer.from(value, "base64url");
  return bytes.toString("base64url") === value ? bytes : undefined;
}

function encrypt({ header, key }: SealKey, content: Buffer): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength }).setAAD(header);
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function decrypt({ header, key }: SealKey, sealed: Buffer): Buffer | undefined {
  if (sealed.length < nonceLength + tagLength) return undefined;
  const nonce = sealed.subarray(0, nonceLength);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength })
    .setAAD(header)
    .setAuthTag(sealed.subarray(-tagLength));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceLength, -tagLength)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function sign(key: SealKey, content: Buffer): Buffer {
  return Buffer.concat([content, computeMac(key, content)]);
}

function verify(key: SealKey, sealed: Buffer): Buffer | undefined {
  if (sealed.length < macLength) return undefined;
  const content = sealed.subarray(0, -macLength);
  return timingSafeEqual(computeMac(key, content), sealed.subarray(-macLength)) ? content : undefined;
}

function computeMac({ header, key }: SealKey, content: Buffer): Buffer {
  return createHmac("sha256", key).update(header).update(content).digest();
}
