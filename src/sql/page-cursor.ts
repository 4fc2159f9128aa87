/** Cursors of pages: where a page ended, signed, so that clients can only give back what they were given. */

import { createHmac, timingSafeEqual } from "node:crypto";
import { ApusError } from "../errors/apus-error.ts";

/** A value of a row by which pages are ordered. */
export type CursorValue = string | number | bigint | boolean;

/** Longer ones were never given to anybody. */
export const longestCursor = 2_048;
/** Bytes of the signature; enough that nobody guesses one. */
const signatureLength = 16;
const shortestSecret = 16;

/** Signs and reads the cursors of one list; `order` is part of what is signed, so those of another list do not fit. */
export class CursorCodec {
  readonly #secrets: readonly string[];
  readonly #order: string;

  /** The first secret signs, all of them verify. @throws ApusError APUS_BAD_OPTION */
  constructor(secret: string | readonly string[], order: string) {
    this.#secrets = typeof secret === "string" ? [secret] : secret;
    this.#order = order;
    const isFine = this.#secrets.length > 0 && this.#secrets.every((one) => one.length >= shortestSecret);
    if (isFine) return;
    const message = `page({ secret }) needs a secret of at least ${shortestSecret} characters, or several.`;
    throw new ApusError("APUS_BAD_OPTION", message);
  }

  encode(values: readonly CursorValue[]): string {
    const payload = Buffer.from(JSON.stringify(values.map(pack)));
    return Buffer.concat([this.#sign(this.#secrets[0] ?? "", payload), payload]).toString("base64url");
  }

  /** undefined for what was not signed here, or not for this list. */
  decode(cursor: string): readonly CursorValue[] | undefined {
    if (cursor.length > longestCursor) return undefined;
    const bytes = Buffer.from(cursor, "base64url");
    const signature = bytes.subarray(0, signatureLength);
    const payload = bytes.subarray(signatureLength);
    if (signature.length !== signatureLength) return undefined;
    const isOurs = this.#secrets.some((secret) => timingSafeEqual(signature, this.#sign(secret, payload)));
    if (!isOurs) return undefined;
    return (JSON.parse(payload.toString()) as readonly PackedValue[]).map(unpack);
  }

  #sign(secret: string, payload: Buffer): Buffer {
    const hmac = createHmac("sha256", secret).update(this.#order).update("\0").update(payload);
    return hmac.digest().subarray(0, signatureLength);
  }
}

/** JSON has no bigint. */
type PackedValue = string | number | boolean | { readonly bigint: string };

function pack(value: CursorValue): PackedValue {
  return typeof value === "bigint" ? { bigint: String(value) } : value;
}

function unpack(value: PackedValue): CursorValue {
  return typeof value === "object" ? BigInt(value.bigint) : value;
}
