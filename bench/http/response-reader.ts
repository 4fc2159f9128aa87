/** Reads HTTP/1.1 answers from bytes in any pieces: as strict as a benchmark needs to notice a wrong answer. */

/** One answer. `body` is empty when the reader was told to count only. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly bodyBytes: number;
  /** Whether the server said that it closes the connection after this answer. */
  readonly closes: boolean;
  /** Bytes of the head with its empty line. */
  readonly headBytes: number;
}

type Framing = { readonly kind: "length"; readonly length: number } | { readonly kind: "chunked" };

const headEnd = Buffer.from("\r\n\r\n");

/** Takes bytes until an answer is complete. Answers that end with the connection are refused: nobody here sends them. */
export class ResponseReader {
  readonly #keepsBody: boolean;
  #pending: Buffer = Buffer.alloc(0);
  #head: { readonly status: number; readonly headers: Map<string, string>; readonly bytes: number } | undefined;
  #framing: Framing = { kind: "length", length: 0 };
  #parts: Buffer[] = [];
  #bodyBytes = 0;
  /** Bytes of the present chunk that are still to come; undefined between chunks. */
  #chunkLeft: number | undefined;

  constructor({ keepsBody = true }: { readonly keepsBody?: boolean } = {}) {
    this.#keepsBody = keepsBody;
  }

  /** Bytes that are not part of a complete answer. */
  get isEmpty(): boolean {
    return this.#head === undefined && this.#pending.length === 0;
  }

  /**
   * Takes the next bytes (they are copied where they must be kept); gives the answer when they complete one.
   * @throws Error for bytes that are no answer.
   */
  push(bytes: Buffer): Answer | undefined {
    this.#pending = this.#pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#pending, bytes]);
    if (this.#head === undefined && !this.#readHead()) return undefined;
    const complete = this.#framing.kind === "length" ? this.#readLength(this.#framing.length) : this.#readChunks();
    return complete ? this.#finish() : undefined;
  }

  #readHead(): boolean {
    const end = this.#pending.indexOf(headEnd);
    if (end === -1) return false;
    const [first = "", ...lines] = this.#pending.toString("latin1", 0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no status line: ${JSON.stringify(first.slice(0, 40))}`);
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(":");
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    this.#head = { status, headers, bytes: end + 4 };
    this.#framing = readFraming(headers);
    this.#pending = this.#pending.subarray(end + 4);
    return true;
  }

  #readLength(length: number): boolean {
    this.#take(Math.min(this.#pending.length, length - this.#bodyBytes));
    return this.#bodyBytes === length;
  }

  #readChunks(): boolean {
    for (;;) {
      if (this.#chunkLeft === undefined) {
        const lineEnd = this.#pending.indexOf("\r\n");
        if (lineEnd === -1) return false;
        this.#chunkLeft = Number.parseInt(this.#pending.toString("latin1", 0, lineEnd), 16);
        if (Number.isNaN(this.#chunkLeft)) throw new Error("no chunk size");
        this.#pending = this.#pending.subarray(lineEnd + 2);
        if (this.#chunkLeft === 0) this.#chunkLeft = -1;
      }
      if (this.#pending.length < 2 && this.#chunkLeft <= 0) return false;
      // -1: the last chunk, whose empty line ends the answer (nobody here sends trailers); 0: the line after the data.
      if (this.#chunkLeft <= 0) {
        if (this.#pending.toString("latin1", 0, 2) !== "\r\n") throw new Error("no line end after a chunk");
        const isLast = this.#chunkLeft === -1;
        this.#chunkLeft = undefined;
        this.#pending = this.#pending.subarray(2);
        if (isLast) return true;
        continue;
      }
      const taken = Math.min(this.#pending.length, this.#chunkLeft);
      if (taken === 0) return false;
      this.#take(taken);
      this.#chunkLeft -= taken;
    }
  }

  #take(count: number): void {
    if (this.#keepsBody && count > 0) this.#parts.push(this.#pending.subarray(0, count));
    this.#bodyBytes += count;
    this.#pending = this.#pending.subarray(count);
  }

  #finish(): Answer {
    const { status = 0, headers = new Map<string, string>(), bytes = 0 } = this.#head ?? {};
    const closes = headers.get("connection")?.toLowerCase() === "close";
    const body = Buffer.concat(this.#parts);
    const answer = { status, headers, body, bodyBytes: this.#bodyBytes, closes, headBytes: bytes };
    this.#head = undefined;
    this.#parts = [];
    this.#bodyBytes = 0;
    return answer;
  }
}

function readFraming(headers: ReadonlyMap<string, string>): Framing {
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return { kind: "chunked" };
  const length = Number(headers.get("content-length"));
  if (!Number.isSafeInteger(length)) throw new Error("an answer without content-length or chunks");
  return { kind: "length", length };
}
