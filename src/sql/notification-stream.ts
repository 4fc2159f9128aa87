/** What is told on one channel, as items: kept for a reader until it asks, some at most. */

/** What somebody gave to `NOTIFY` or `pg_notify()`. */
export interface DatabaseNotification {
  readonly channel: string;
  /** "" without one. */
  readonly payload: string;
  /** Whether this is no notification, but says that some may have been missed here: look at the data itself. */
  readonly isGap: boolean;
}

/** Notifications of one channel from now on. They end with the app; leaving the loop, or `return()`, ends them before. */
export interface DatabaseNotifications extends AsyncIterableIterator<DatabaseNotification, undefined>, AsyncDisposable {
  /** Resolves when the server has been asked: what is told from then on is not missed. Rejects with the signal's reason. */
  readonly ready: Promise<void>;
  return(): Promise<IteratorResult<DatabaseNotification, undefined>>;
}

type Step = IteratorResult<DatabaseNotification, undefined>;

export interface NotificationStreamInit {
  readonly channel: string;
  readonly signal: AbortSignal | undefined;
  /** Called once, whatever ends it. */
  readonly onEnd: (stream: NotificationStream) => void;
}

/** Of a reader that is slower for so many all are dropped, and it is told of a gap. */
const maxKept = 1_000;

const over: Step = { done: true, value: undefined };

export class NotificationStream implements DatabaseNotifications {
  readonly channel: string;
  readonly #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #init: NotificationStreamInit;
  readonly #readers: PromiseWithResolvers<Step>[] = [];
  #kept: DatabaseNotification[] = [];
  #hasBegun = false;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  readonly #abort = (): void => this.#finish({ error: this.#init.signal?.reason });

  constructor(init: NotificationStreamInit) {
    this.#init = init;
    this.channel = init.channel;
    // Who does not wait for it is not to be bothered with it.
    this.#ready.promise.catch(() => {});
    init.signal?.addEventListener("abort", this.#abort, { once: true });
    if (init.signal?.aborted === true) this.#abort();
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The server tells from now on; when it has told before, there was a time in which it did not. */
  begin(): void {
    if (this.#hasBegun) this.#put({ channel: this.channel, payload: "", isGap: true });
    this.#hasBegun = true;
    this.#ready.resolve();
  }

  tell(payload: string): void {
    this.#put({ channel: this.channel, payload, isGap: false });
  }

  /** Nothing comes any more: what is kept is still read. */
  end(): void {
    this.#finish(undefined);
  }

  async next(): Promise<Step> {
    const value = this.#kept.shift();
    if (value !== undefined) return { done: false, value };
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#failure = undefined;
      throw failure.error;
    }
    if (this.#isOver) return over;
    const reader = Promise.withResolvers<Step>();
    this.#readers.push(reader);
    return reader.promise;
  }

  /** Not a generator's: it does not wait for a `next()` that waits. */
  async return(): Promise<Step> {
    this.#kept = [];
    this.#failure = undefined;
    this.#finish(undefined);
    return over;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #put(value: DatabaseNotification): void {
    if (this.#isOver) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value });
    else if (this.#kept.length < maxKept) this.#kept.push(value);
    else this.#kept = [{ channel: this.channel, payload: "", isGap: true }];
  }

  #finish(failure: { readonly error: unknown } | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#init.signal?.removeEventListener("abort", this.#abort);
    const [first, ...others] = this.#readers.splice(0);
    if (failure === undefined) {
      this.#ready.resolve();
      first?.resolve(over);
    } else {
      this.#kept = [];
      this.#ready.reject(failure.error);
      if (first === undefined) this.#failure = failure;
      else first.reject(failure.error);
    }
    for (const reader of others) reader.resolve(over);
    this.#init.onEnd(this);
  }
}
