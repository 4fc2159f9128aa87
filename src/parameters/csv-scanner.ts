/** Finds the records and fields of a CSV (RFC 4180) in bytes, however they are split; every byte is looked at once. */

import { CarriedBytes } from "./carried-bytes.ts";
import { refuseRow, type RowFault } from "./row-refusal.ts";

/** Sizes are in bytes. */
export interface CsvLimits {
  readonly delimiter: string;
  readonly maxRowBytes: number;
  readonly maxFieldBytes: number;
}

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark: readonly number[] = [0xef, 0xbb, 0xbf];
const noBytes = Buffer.alloc(0);

/** Where the scanner stands: "quote" is behind one that ends a field, or is the first of two; "end" is behind a CR. */
const state = { start: 0, plain: 1, quoted: 2, quote: 3, end: 4 } as const;
type State = (typeof state)[keyof typeof state];

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Lines end with LF or CRLF, the last one may have no end; empty lines are passed over. */
export class CsvScanner {
  /** Fields that a record may have. */
  maxFields: number;
  readonly #delimiter: number;
  readonly #limits: CsvLimits;
  readonly #carried = new CarriedBytes();
  #state: State = state.start;
  #chunk: Buffer = noBytes;
  #at = 0;
  /** Where in the chunk the field begins, and the record. */
  #from = 0;
  #recordFrom = 0;
  /** Bytes of the record in the chunks before. */
  #recordBytes = 0;
  #fields: string[] = [];
  #hasDoubled = false;
  #records = 0;
  #head: Buffer | undefined = noBytes;
  #isLast = false;

  constructor(limits: CsvLimits, maxFields: number) {
    this.#limits = limits;
    this.#delimiter = limits.delimiter.charCodeAt(0);
    this.maxFields = maxFields;
  }

  /** Takes the next bytes, once `next()` has found no more in those before; undefined says that there are no more. */
  push(chunk: Uint8Array | undefined): void {
    this.#isLast = chunk === undefined;
    this.#chunk = this.#passMark(chunk === undefined ? noBytes : toBuffer(chunk));
    this.#at = 0;
    this.#from = 0;
    this.#recordFrom = 0;
  }

  /** The fields of the next record; undefined when more bytes are needed for it. @throws HttpError 400, 413 */
  next(): readonly string[] | undefined {
    while (this.#at < this.#chunk.length) {
      if (this.#scan()) {
        const record = this.#endRecord();
        if (record !== undefined) return record;
      }
    }
    this.#carry();
    return this.#isLast ? this.#takeLast() : undefined;
  }

  /** A byte order mark counts for nothing; it is waited for, as it may come in pieces. */
  #passMark(chunk: Buffer): Buffer {
    if (this.#head === undefined) return chunk;
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    const isMark = byteOrderMark.every((byte, index) => index >= bytes.length || bytes[index] === byte);
    const isWhole = bytes.length >= byteOrderMark.length;
    this.#head = isMark && !isWhole && !this.#isLast ? bytes : undefined;
    if (this.#head !== undefined) return noBytes;
    return isMark && isWhole ? bytes.subarray(byteOrderMark.length) : bytes;
  }

  /** Goes on to the end of a field, of a record or of the chunk; whether a record has ended. */
  #scan(): boolean {
    if (this.#state === state.plain) this.#passPlain();
    else if (this.#state === state.quoted) this.#passQuoted();
    if (this.#at === this.#chunk.length) return false;
    const byte = this.#chunk[this.#at] as number;
    if (this.#state === state.end) {
      if (byte !== lineFeed)
        throw this.#refuse({ code: "csv-syntax", what: "has a carriage return that ends no line" });
      return true;
    }
    if (byte === this.#delimiter) {
      this.#addField();
      this.#at += 1;
      return false;
    }
    if (byte === lineFeed || byte === carriageReturn) {
      if (this.#state !== state.start || this.#fields.length > 0) this.#addField();
      if (byte === lineFeed) return true;
      this.#state = state.end;
      this.#at += 1;
      return false;
    }
    this.#begin(byte);
    return false;
  }

  /** What a byte means that ends nothing. */
  #begin(byte: number): void {
    if (this.#state === state.start) {
      this.#state = byte === quote ? state.quoted : state.plain;
      if (byte === quote) this.#at += 1;
      this.#from = this.#at;
    } else if (this.#state === state.quote) {
      if (byte !== quote) throw this.#refuse({ code: "csv-syntax", what: "has text behind a closing quote" });
      this.#hasDoubled = true;
      this.#state = state.quoted;
      this.#at += 1;
    } else throw this.#refuse({ code: "csv-syntax", what: "has a quote in a field that does not begin with one" });
  }

  #passPlain(): void {
    const chunk = this.#chunk;
    const delimiter = this.#delimiter;
    let at = this.#at;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === delimiter || byte === lineFeed || byte === carriageReturn || byte === quote) break;
    }
    this.#at = at;
  }

  #passQuoted(): void {
    const found = this.#chunk.indexOf(quote, this.#at);
    this.#at = found === -1 ? this.#chunk.length : found + 1;
    if (found !== -1) this.#state = state.quote;
  }

  /** Ends the field before the current byte. */
  #addField(): void {
    if (this.#fields.length >= this.maxFields) {
      throw this.#refuse({ code: "csv-columns", what: `has more than ${this.maxFields} columns` });
    }
    this.#checkRow();
    this.#fields.push(this.#state === state.start ? "" : this.#decodeField());
    this.#state = state.start;
  }

  #decodeField(): string {
    let bytes = this.#chunk;
    let from = this.#from;
    let end = this.#state === state.quote ? this.#at - 1 : this.#at;
    if (this.#carried.size > 0) {
      // -1 is a closing quote that was the last byte of the chunk before.
      const behind = Math.min(end - from, 0);
      if (end > from) this.#carried.add(bytes.subarray(from, end));
      bytes = toBuffer(this.#carried.take());
      from = 0;
      end = bytes.length + behind;
    }
    this.#checkField(end - from);
    const text = this.#decode(bytes, from, end);
    if (!this.#hasDoubled) return text;
    this.#hasDoubled = false;
    return text.replaceAll('""', '"');
  }

  #decode(bytes: Buffer, from: number, end: number): string {
    // Half the time of the strict decoder, which is asked only where something may be wrong.
    const text = bytes.toString("utf8", from, end);
    if (!text.includes("\ufffd")) return text;
    try {
      return decoder.decode(bytes.subarray(from, end));
    } catch {
      throw this.#refuse({ code: "csv-utf8", what: `is not valid UTF-8 in column ${this.#fields.length + 1}` });
    }
  }

  /** Undefined for an empty line. */
  #endRecord(): readonly string[] | undefined {
    this.#checkRow();
    this.#at += 1;
    this.#state = state.start;
    this.#recordFrom = this.#at;
    this.#recordBytes = 0;
    return this.#takeFields();
  }

  #takeFields(): readonly string[] | undefined {
    if (this.#fields.length === 0) return undefined;
    const record = this.#fields;
    this.#fields = [];
    this.#records += 1;
    return record;
  }

  /** Keeps what the chunk has of a field that goes on. */
  #carry(): void {
    this.#checkRow();
    if (this.#state === state.plain || this.#state === state.quoted || this.#state === state.quote) {
      // The last byte may be the closing quote.
      const behind = this.#state === state.quote ? 1 : 0;
      this.#checkField(this.#carried.size + this.#at - this.#from - behind);
      if (this.#at > this.#from) this.#carried.add(this.#chunk.subarray(this.#from, this.#at));
    }
    this.#recordBytes += this.#at - this.#recordFrom;
    this.#chunk = noBytes;
    this.#at = 0;
    this.#from = 0;
    this.#recordFrom = 0;
  }

  #takeLast(): readonly string[] | undefined {
    if (this.#state === state.quoted) throw this.#refuse({ code: "csv-syntax", what: "ends inside of quotes" });
    if (this.#state === state.end) {
      throw this.#refuse({ code: "csv-syntax", what: "has a carriage return that ends no line" });
    }
    if (this.#state !== state.start || this.#fields.length > 0) this.#addField();
    return this.#takeFields();
  }

  #checkRow(): void {
    const { maxRowBytes: limit } = this.#limits;
    if (this.#recordBytes + this.#at - this.#recordFrom <= limit) return;
    throw this.#refuse({ code: "row-too-large", what: `has more than ${limit} bytes`, limit });
  }

  #checkField(size: number): void {
    const { maxFieldBytes: limit } = this.#limits;
    if (size <= limit) return;
    const what = `has more than ${limit} bytes in column ${this.#fields.length + 1}`;
    throw this.#refuse({ code: "field-too-large", what, limit });
  }

  #refuse(fault: Omit<RowFault, "index">): Error {
    return refuseRow({ index: this.#records === 0 ? undefined : this.#records - 1, ...fault });
  }
}

function toBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
