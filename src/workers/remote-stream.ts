/** The items of a generator that runs in a worker, read at the reader's pace. */

type Next = IteratorResult<unknown, unknown>;

/** What the stream asks of the worker. */
export interface StreamSource {
  pull(): void;
  /** Tells the generator to return. */
  cancel(): void;
}

interface Reader {
  readonly resolve: (next: Next) => void;
  readonly reject: (error: unknown) => void;
}

export class RemoteStream implements AsyncGenerator<unknown, unknown, undefined> {
  readonly #source: StreamSource;
  readonly #items: unknown[] = [];
  readonly #readers: Reader[] = [];
  readonly #over = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | undefined;
  #end: unknown;
  #isOver = false;
  #isCancelled = false;

  constructor(source: StreamSource) {
    this.#source = source;
    // Told to whoever reads, or returns early; when nobody does, it is nobody's.
    this.#over.promise.catch(() => {});
  }

  async next(): Promise<Next> {
    if (this.#items.length > 0) {
      const value = this.#items.shift();
      if (!this.#isOver) this.#source.pull();
      return { done: false, value };
    }
    if (this.#isCancelled) return { done: true, value: undefined };
    if (this.#isOver) return this.#takeEnd();
    return new Promise<Next>((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Resolves when the generator has cleaned up, or was ended. */
  async return(value?: unknown): Promise<Next> {
    await this.#cancel();
    return { done: true, value };
  }

  /** The generator is told to return, and the error is thrown here. */
  async throw(error?: unknown): Promise<Next> {
    await this.#cancel();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  push(value: unknown): void {
    if (this.#isCancelled) return;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#items.push(value);
    else {
      this.#source.pull();
      reader.resolve({ done: false, value });
    }
  }

  finish(value: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end = value;
    this.#over.resolve();
    if (this.#readers.length > 0) this.#readers.shift()?.resolve(this.#takeEnd());
    this.#dismissReaders();
  }

  /** What has arrived is still read first, unless the call was given up. */
  fail(error: unknown, isGivenUp: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (isGivenUp) this.#items.length = 0;
    this.#over.reject(error);
    const reader = this.#readers.shift();
    if (reader === undefined) this.#failure = { error };
    else reader.reject(error);
    this.#dismissReaders();
  }

  async #cancel(): Promise<void> {
    this.#items.length = 0;
    this.#failure = undefined;
    this.#end = undefined;
    if (this.#isOver) return;
    if (!this.#isCancelled) {
      this.#isCancelled = true;
      this.#dismissReaders();
      this.#source.cancel();
    }
    await this.#over.promise;
  }

  #dismissReaders(): void {
    for (const { resolve } of this.#readers.splice(0)) resolve({ done: true, value: undefined });
  }

  /** An error is thrown once, a value returned once; like every generator, it is then at its end. */
  #takeEnd(): Next {
    const failure = this.#failure;
    const value = this.#end;
    this.#failure = undefined;
    this.#end = undefined;
    if (failure !== undefined) throw failure.error;
    return { done: true, value };
  }
}
