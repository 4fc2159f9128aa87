/** A connection whose bytes a test writes itself, for what no HTTP client would send; every wait has an end. */

import { connect, type Socket } from "node:net";

/** One answer as it came over the wire; a 1xx is an answer of its own. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RawWait {
  /** Milliseconds until the wait fails; 5,000 by default. */
  readonly within?: number;
  /** The answer is to a HEAD, so it has no content. */
  readonly head?: boolean;
}

const patience = 5_000;

export class RawConnection implements AsyncDisposable {
  /** Everything that came and no answer has taken yet, one character a byte. */
  received = "";
  readonly #socket: Socket;
  #closed = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1");
      this.#wake();
    });
    // A reset is one of the ways to be refused; "close" follows.
    socket.on("error", () => {});
    socket.on("end", () => this.#markClosed());
    socket.on("close", () => this.#markClosed());
  }

  /** Connects to a base URL such as `http://127.0.0.1:8000`. */
  static open(baseUrl: string): Promise<RawConnection> {
    const { hostname, port } = new URL(baseUrl);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => resolve(new RawConnection(socket)));
    });
  }

  /** Text is sent as one byte a character. Resolves when the system took it, or the connection is gone. */
  send(data: string | Uint8Array): Promise<void> {
    if (!this.#socket.writable) return Promise.resolve();
    // The callback also comes, with an error, when the connection ends before.
    return new Promise((resolve) => {
      this.#socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data, () => resolve());
    });
  }

  /** The next answer. @throws Error when the connection ends, or time runs out, before it is whole. */
  async answer({ within = patience, head = false }: RawWait = {}): Promise<RawAnswer> {
    let found = parseAnswer(this.received, head);
    const deadline = performance.now() + within;
    while (found === undefined) {
      if (this.#closed) throw new Error(`The connection ended after ${JSON.stringify(this.received)}.`);
      await this.#change(deadline);
      found = parseAnswer(this.received, head);
    }
    this.received = this.received.slice(found.length);
    return found.answer;
  }

  /** Everything up to and with this text. @throws Error when it does not come in time. */
  async until(text: string, { within = patience }: RawWait = {}): Promise<string> {
    const deadline = performance.now() + within;
    while (!this.received.includes(text)) {
      if (this.#closed) throw new Error(`The connection ended after ${JSON.stringify(this.received)}.`);
      await this.#change(deadline);
    }
    const end = this.received.indexOf(text) + text.length;
    const found = this.received.slice(0, end);
    this.received = this.received.slice(end);
    return found;
  }

  /** Resolves when the server has ended or reset the connection. @throws Error when it has not in time. */
  async ended({ within = patience }: RawWait = {}): Promise<void> {
    const deadline = performance.now() + within;
    while (!this.#closed) await this.#change(deadline);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Says that nothing more will be sent, and listens on. */
  finish(): void {
    this.#socket.end();
  }

  /** Goes away without a word, as a client does whose machine is switched off. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  #markClosed(): void {
    this.#closed = true;
    this.#wake();
  }

  #change(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const rest = deadline - performance.now();
      const fail = (): void =>
        reject(new Error(`Nothing more came after ${JSON.stringify(this.received.slice(0, 2_000))}.`));
      const timer = setTimeout(fail, Math.max(rest, 0));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function parseAnswer(text: string, head: boolean): { readonly answer: RawAnswer; readonly length: number } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const status = Number(first.split(" ")[1]);
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const size = head || status < 200 ? 0 : Number(headers.get("content-length") ?? 0);
  const start = end + 4;
  if (text.length < start + size) return undefined;
  return { answer: { status, headers, text: text.slice(start, start + size) }, length: start + size };
}

/** Sends bytes on a connection of their own and gives the first answer that is not a 1xx. */
export async function exchange(baseUrl: string, data: string | Uint8Array, wait?: RawWait): Promise<RawAnswer> {
  await using connection = await RawConnection.open(baseUrl);
  void connection.send(data);
  let answer = await connection.answer(wait);
  while (answer.status < 200) answer = await connection.answer(wait);
  return answer;
}
