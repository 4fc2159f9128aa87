/** Texts as PostgreSQL's NOTIFY carries them: in pieces, because a payload has less than 8,000 bytes, and each unlike any other. */

import { randomBytes } from "node:crypto";

/** Of text in one piece; the rest of a payload is its head. */
const pieceBytes = 7_900;
/** More than anybody may publish. */
const mostText = 64 * 1024 * 1024;

/** Cuts texts. Of equal payloads in a transaction PostgreSQL delivers one; so each begins with who sent it, and a number. */
export class PayloadWriter {
  readonly #origin = randomBytes(6).toString("base64url");
  #count = 0;

  /** The payloads of a text, for one transaction: `origin-number.piece.pieces.text`. */
  write(text: string): readonly string[] {
    this.#count += 1;
    const id = `${this.#origin}-${this.#count.toString(36)}`;
    if (Buffer.byteLength(text) <= pieceBytes) return [`${id}.0.1.${text}`];
    const pieces = cut(Buffer.from(text));
    return pieces.map((piece, index) => `${id}.${index}.${pieces.length}.${piece}`);
  }
}

/** Between characters, whatever their length is. */
function cut(bytes: Buffer): readonly string[] {
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length;) {
    let to = Math.min(from + pieceBytes, bytes.length);
    while (to < bytes.length && ((bytes[to] ?? 0) & 0xc0) === 0x80) to -= 1;
    pieces.push(bytes.toString("utf8", from, to));
    from = to;
  }
  return pieces;
}

interface Unfinished {
  readonly channel: string;
  readonly id: string;
  readonly total: number;
  readonly pieces: string[];
  length: number;
}

/**
 * Joins the pieces of one connection. PostgreSQL delivers a transaction's notifications together and in order,
 * so there is one unfinished text at most; whatever else comes is not ours, and passed over.
 */
export class PayloadReader {
  #unfinished: Unfinished | undefined;

  /** The text, when this payload completes one. */
  read(channel: string, payload: string): string | undefined {
    const head = /^([\w-]{1,40})\.(\d{1,5})\.(\d{1,5})\./.exec(payload);
    if (head === null) return undefined;
    const [whole, id = ""] = head;
    const [index, total] = [Number(head[2]), Number(head[3])];
    const piece = payload.slice(whole.length);
    if (index === 0 && total === 1) return piece;
    if (index === 0) this.#unfinished = { channel, id, total, pieces: [], length: 0 };
    const unfinished = this.#unfinished;
    const fits =
      unfinished?.id === id &&
      unfinished.channel === channel &&
      unfinished.total === total &&
      unfinished.pieces.length === index &&
      unfinished.length + piece.length <= mostText;
    if (!fits) {
      this.#unfinished = undefined;
      return undefined;
    }
    unfinished.length += piece.length;
    if (unfinished.pieces.push(piece) < total) return undefined;
    this.#unfinished = undefined;
    return unfinished.pieces.join("");
  }
}
