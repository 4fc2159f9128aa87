/** One to many, in this process: what is published on a channel reaches everybody who follows it, each at their own pace. */

import { ApusError } from "../errors/apus-error.ts";
import { closeCode } from "./close-code.ts";
import { SocketClosedError } from "./socket-closed-error.ts";

export interface ChannelOptions {
  /** Messages that may wait for one follower; 256 by default. */
  readonly capacity?: number;
  /** When more are waiting: "drop" loses the oldest one (the default), "close" ends the subscription, and closes a socket with 1013. */
  readonly slow?: "drop" | "close";
}

/** A socket, or whatever else can be sent messages. */
export interface ChannelMember<Message> {
  readonly signal: AbortSignal;
  send(message: Message): Promise<void>;
  close(code?: number, reason?: string): unknown;
  fail(error: unknown): void;
}

export interface Subscription<Message> extends AsyncIterable<Message>, Disposable {
  /** Messages that were lost because the reader was too slow. */
  readonly dropped: number;
}

export interface Channel<Message> {
  readonly name: string;
  /** How many follow it. */
  readonly size: number;
  /** Hands a message to everybody who follows now; nobody is waited for. */
  publish(message: Message): Promise<void>;
  /** Everything that is published from now on, until it is disposed of or the signal fires. */
  subscribe(settings?: { readonly signal?: AbortSignal }): Subscription<Message>;
  /** Sends everything that is published from now on to a socket, until it closes or the result is disposed of. */
  join(member: ChannelMember<Message>): Disposable;
}

/** Only channels that somebody follows are here, so that names of users' making fill nothing. */
const followed = new Map<string, Set<Follower>>();

/**
 * The channel of this name: everybody in this process who asks for it has the same one.
 * @throws ApusError APUS_BAD_OPTION
 */
export function channel<Message = unknown>(name: string, options: ChannelOptions = {}): Channel<Message> {
  const { capacity = 256, slow = "drop" } = options;
  if (typeof name !== "string" || name === "") throw refuse("a name that is not empty");
  if (!Number.isSafeInteger(capacity) || capacity < 1) throw refuse("a capacity of 1 or more");
  if (slow !== "drop" && slow !== "close") throw refuse('slow: "drop" or "close"');
  return {
    name,
    get size() {
      return followed.get(name)?.size ?? 0;
    },
    publish(message) {
      for (const follower of followed.get(name) ?? []) follower.push(message);
      return Promise.resolve();
    },
    subscribe: ({ signal } = {}) => new Follower({ name, capacity, slow, signal }) as Subscription<Message>,
    join(member) {
      const { signal } = member;
      // At once: a message that is stuck on its way would let the member wait for ever.
      const onSlow = (): void => void member.close(closeCode.tryLater, "Too many messages are waiting.");
      const follower = new Follower({ name, capacity, slow, signal, onSlow });
      void forward(follower, member);
      return follower;
    },
  };
}

async function forward(follower: Follower, member: ChannelMember<unknown>): Promise<void> {
  try {
    for await (const message of follower) await member.send(message);
  } catch (error) {
    if (!(error instanceof SocketClosedError)) member.fail(error);
  } finally {
    follower.leave();
  }
}

interface FollowerParts {
  readonly name: string;
  readonly capacity: number;
  readonly slow: "drop" | "close";
  readonly signal: AbortSignal | undefined;
  readonly onSlow?: () => void;
}

/** One who follows a channel, and what waits for it, in a ring that never grows beyond its capacity. */
class Follower implements Subscription<unknown> {
  readonly #parts: FollowerParts;
  #messages: unknown[] = [];
  #first = 0;
  #wake: (() => void) | undefined;
  #hasLeft = false;
  #dropped = 0;
  readonly #leave = (): void => this.leave();

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#hasLeft = parts.signal?.aborted ?? false;
    if (this.#hasLeft) return;
    parts.signal?.addEventListener("abort", this.#leave, { once: true });
    const others = followed.get(parts.name) ?? new Set();
    followed.set(parts.name, others.add(this));
  }

  get dropped(): number {
    return this.#dropped;
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

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    const { name, signal } = this.#parts;
    signal?.removeEventListener("abort", this.#leave);
    const others = followed.get(name);
    others?.delete(this);
    if (others?.size === 0) followed.delete(name);
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

function refuse(wanted: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `channel() needs ${wanted}.`);
}
