/** One who follows a channel, and what waits for it, in a ring that never grows beyond its capacity. */

/** What following came to. */
export interface Following extends Disposable {
  /** Messages that were lost because the reader was too slow. */
  readonly dropped: number;
  /** How often the connection to other processes was lost, with the messages of that time; 0 without a bus. */
  readonly interruptions: number;
  /** Resolves when everything that is published, wherever it is, comes; at once without a bus. It never rejects. */
  readonly ready: Promise<void>;
}

/** The messages of a channel, to be iterated over. */
export interface Subscription<Message> extends AsyncIterable<Message>, Following {}

/** Where followers of a name are kept. */
export interface FollowerPlace {
  /** Resolves when what is published comes. */
  add(name: string, follower: Follower): Promise<void>;
  remove(name: string, follower: Follower): void;
}

export interface FollowerParts {
  readonly name: string;
  readonly place: FollowerPlace;
  readonly capacity: number;
  readonly slow: "drop" | "close";
  readonly signal: AbortSignal | undefined;
  readonly onSlow?: () => void;
}

export class Follower implements Subscription<unknown> {
  readonly ready: Promise<void>;
  readonly #parts: FollowerParts;
  #messages: unknown[] = [];
  #first = 0;
  #wake: (() => void) | undefined;
  #hasLeft = false;
  #dropped = 0;
  #interruptions = 0;
  readonly #leave = (): void => this.leave();

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#hasLeft = parts.signal?.aborted ?? false;
    if (!this.#hasLeft) parts.signal?.addEventListener("abort", this.#leave, { once: true });
    this.ready = this.#hasLeft ? Promise.resolve() : parts.place.add(parts.name, this);
  }

  get dropped(): number {
    return this.#dropped;
  }

  get interruptions(): number {
    return this.#interruptions;
  }

  push(message: unknown): void {
    const { capacity, slow } = this.#parts;
    if (this.#messages.length - this.#first >= capacity) {
      this.#dropped += 1;
      if (slow === "close") {
        this.#messages = [];
        this.#first = 0;
        this.leave();
        return this.#parts.onSlow?.();
      }
      this.#messages[this.#first] = undefined;
      this.#first += 1;
      this.#compact();
    }
    this.#messages.push(message);
    this.#wake?.();
  }

  interrupt(): void {
    this.#interruptions += 1;
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    const { name, place, signal } = this.#parts;
    signal?.removeEventListener("abort", this.#leave);
    place.remove(name, this);
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.leave();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    try {
      for (;;) {
        while (this.#first < this.#messages.length) {
          const message = this.#messages[this.#first];
          this.#messages[this.#first] = undefined;
          this.#first += 1;
          this.#compact();
          yield message;
        }
        if (this.#hasLeft) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    } finally {
      this.leave();
    }
  }

  #compact(): void {
    if (this.#first < this.#parts.capacity) return;
    this.#messages = this.#messages.slice(this.#first);
    this.#first = 0;
  }
}
