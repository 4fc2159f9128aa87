/** A body made of items while it is sent: the first item is awaited before the head, the others at the client's pace. */

import { Readable } from "node:stream";
import type { StopNotice } from "../http/stop-notice.ts";
import { settle } from "../http/maybe-promise.ts";

/** What items are made of. */
export type Items = AsyncIterable<unknown> | Iterable<unknown>;

export interface ItemStreamParts {
  /** The text, or the bytes, of one item. @throws when it does not fit its schema */
  readonly encode: (item: unknown) => unknown;
  /** Text to send after `silence` milliseconds without an item; undefined for none. */
  readonly heartbeat?: string | undefined;
  readonly silence?: number | undefined;
  /** Ends the stream when the app stops; undefined for one that is let finish. */
  readonly stopNotice?: StopNotice | undefined;
  /** The text of an error after the first item, before the stream breaks off; undefined for none. */
  readonly encodeFailure?: ((error: unknown) => string) | undefined;
}

type Step = IteratorResult<Uint8Array, undefined>;
type Source = AsyncIterator<unknown> | Iterator<unknown>;

const ended: Step = { done: true, value: undefined };

/** Whether a value is read item by item. */
export function isAsyncItems(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** Whether a value is a stream of bytes, of Node.js or of the platform. */
export function isByteStream(value: unknown): value is AsyncIterable<Uint8Array> {
  return value instanceof Readable || value instanceof ReadableStream;
}

/** For items that are bytes, or pieces of text, already. */
export const sendAsIs: ItemStreamParts = { encode: (chunk) => chunk };

/**
 * The body of these items, once the first of them is there.
 * @throws what the source fails with before it
 */
export async function openItemStream(items: Items, parts: ItemStreamParts): Promise<AsyncIterable<Uint8Array>> {
  const source = isAsyncItems(items) ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const stream = new ItemStream(source, parts);
  await stream.begin();
  return { [Symbol.asyncIterator]: () => stream };
}

/** Not a generator: `return()` of one waits for the item that is under way, and a silent source would never hear of it. */
class ItemStream implements AsyncIterator<Uint8Array, undefined> {
  readonly #source: Source;
  readonly #parts: ItemStreamParts;
  #first: Step | undefined;
  #pending: Promise<Step> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;
  readonly #stopped = Promise.withResolvers<Step>();
  readonly #forget: (() => void) | undefined;

  constructor(source: Source, parts: ItemStreamParts) {
    this.#source = source;
    this.#parts = parts;
    this.#forget = parts.stopNotice?.listen(() => this.#stopped.resolve(ended));
  }

  async begin(): Promise<void> {
    this.#first = await this.#pull();
  }

  async next(): Promise<Step> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#isOver) return ended;
    this.#pending ??= this.#pull();
    try {
      const step = await this.#orSilence(this.#pending);
      if (step === undefined) return encodeText(this.#parts.heartbeat as string);
      this.#pending = undefined;
      if (step === ended) this.#close();
      return step;
    } catch (error) {
      const { encodeFailure } = this.#parts;
      if (encodeFailure === undefined || this.#isOver) throw error;
      // Said first, so that the client knows why; then the stream breaks off.
      this.#failure = { error };
      return encodeText(encodeFailure(error));
    }
  }

  async return(): Promise<Step> {
    this.#forget?.();
    this.#isOver = true;
    await this.#source.return?.();
    return ended;
  }

  /** The source ended by itself, or does not know yet that the app stops. */
  #close(): void {
    this.#forget?.();
    if (this.#isOver) return;
    this.#isOver = true;
    void Promise.resolve(this.#source.return?.()).catch(() => {});
  }

  async #pull(): Promise<Step> {
    const { done, value } = await this.#source.next();
    if (done === true) {
      this.#isOver = true;
      return ended;
    }
    try {
      return encodeText((await this.#parts.encode(await settle(value))) as string | Uint8Array);
    } catch (error) {
      // The source is well: it must hear that it is over.
      void Promise.resolve(this.#source.return?.()).catch(() => {});
      throw error;
    }
  }

  /** Undefined when nothing came for so long. */
  async #orSilence(pending: Promise<Step>): Promise<Step | undefined> {
    const { heartbeat, silence, stopNotice } = this.#parts;
    const first = stopNotice === undefined ? pending : Promise.race([pending, this.#stopped.promise]);
    if (heartbeat === undefined || silence === undefined) return first;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), silence);
    try {
      return await Promise.race([first, promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function encodeText(text: string | Uint8Array): Step {
  return { done: false, value: typeof text === "string" ? Buffer.from(text) : text };
}
