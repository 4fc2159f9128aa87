/** What has been received and not been read yet: beyond a few messages, the sender has to wait. */

/** A message as it came. */
export interface ReceivedMessage {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** Who is told when to stop reading from the connection, and when to go on. */
export interface InboxSource {
  pause(): void;
  resume(): void;
}

const maxMessages = 32;
const maxBytes = 65_536;

export class MessageInbox {
  readonly #source: InboxSource;
  readonly #waiting: ((message: ReceivedMessage | undefined) => void)[] = [];
  #room: (() => void)[] = [];
  #messages: ReceivedMessage[] = [];
  #first = 0;
  #bytes = 0;
  #isPaused = false;
  #isEnded = false;

  constructor(source: InboxSource) {
    this.#source = source;
  }

  /** Whether the sender waits for the reader. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  push(message: ReceivedMessage): void {
    if (this.#isEnded) return;
    const taker = this.#waiting.shift();
    if (taker !== undefined) return taker(message);
    this.#messages.push(message);
    this.#bytes += message.data.length;
    if (this.#isPaused || !this.#isFull) return;
    this.#isPaused = true;
    this.#source.pause();
  }

  /** The next message; undefined when there will be none. */
  take(): ReceivedMessage | undefined | Promise<ReceivedMessage | undefined> {
    const message = this.#messages[this.#first];
    if (message === undefined) {
      if (this.#isEnded) return undefined;
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    this.#first += 1;
    this.#bytes -= message.data.length;
    if (this.#first === this.#messages.length) {
      this.#messages = [];
      this.#first = 0;
      this.#makeRoom();
    }
    return message;
  }

  /** Calls back when there is room for more, at once if there is. */
  whenRoom(ready: () => void): void {
    if (this.#isPaused) this.#room.push(ready);
    else ready();
  }

  /** Nothing more comes; what is there can still be taken. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const taker of this.#waiting.splice(0)) taker(undefined);
    this.#makeRoom();
  }

  /** Nothing more is taken, either. */
  drop(): void {
    this.#messages = [];
    this.#first = 0;
    this.#bytes = 0;
    this.end();
    this.#makeRoom();
  }

  get #isFull(): boolean {
    return this.#messages.length - this.#first >= maxMessages || this.#bytes >= maxBytes;
  }

  #makeRoom(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#source.resume();
    for (const ready of this.#room.splice(0)) ready();
  }
}
