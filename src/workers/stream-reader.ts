/** What callers hold of a stream of items. */

import type { RemoteStream } from "./remote-stream.ts";

type Next = IteratorResult<unknown, unknown>;
type Items = AsyncGenerator<unknown, unknown, undefined>;

/** Whoever forgets a stream without returning it would keep its worker for ever. */
const forgotten = new FinalizationRegistry<RemoteStream>((stream) => {
  stream.return().catch(() => {});
});

/** A stream, given away; when nobody holds it any more, its generator is told to return. */
export class StreamReader implements Items {
  readonly #stream: RemoteStream;
  #isOver = false;

  constructor(stream: RemoteStream) {
    this.#stream = stream;
    forgotten.register(this, stream);
  }

  async next(): Promise<Next> {
    if (this.#isOver) return { done: true, value: undefined };
    const next = await this.#stream.next();
    // Used after the wait, so that this is held by whoever waits.
    this.#isOver = next.done === true;
    return next;
  }

  return(value?: unknown): Promise<Next> {
    return this.#stream.return(value);
  }

  throw(error?: unknown): Promise<Next> {
    return this.#stream.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

/** A stream that is asked for when its first item is: like a generator, it does nothing before. */
export class DeferredStream implements Items {
  readonly #start: () => Promise<unknown>;
  #stream: Promise<unknown> | undefined;
  #isDone = false;

  constructor(start: () => Promise<unknown>) {
    this.#start = start;
  }

  async next(): Promise<Next> {
    if (this.#isDone) return { done: true, value: undefined };
    return (await this.#open()).next();
  }

  async return(value?: unknown): Promise<Next> {
    if (this.#stream === undefined || this.#isDone) {
      this.#isDone = true;
      return { done: true, value };
    }
    return (await this.#open()).return(value);
  }

  async throw(error?: unknown): Promise<Next> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #open(): Promise<Items> {
    this.#stream ??= this.#start();
    try {
      const stream = await this.#stream;
      if (typeof stream === "object" && stream !== null && Symbol.asyncIterator in stream) {
        return stream as Items;
      }
    } catch (error) {
      this.#isDone = true;
      throw error;
    }
    this.#isDone = true;
    throw new TypeError("The offloaded function gave a value, not items.");
  }
}
