/** The promise of a call of which only the worker knows whether it gives a value or items: it can be awaited, and read. */

import { DeferredStream } from "./stream-reader.ts";

export class CallPromise extends Promise<unknown> {
  readonly #items = new DeferredStream(async () => this);

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    return this.#items.next();
  }

  return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return this.#items.return(value);
  }

  throw(error?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return this.#items.throw(error);
  }

  [Symbol.asyncIterator](): AsyncGenerator<unknown, unknown, undefined> {
    return this.#items;
  }
}
