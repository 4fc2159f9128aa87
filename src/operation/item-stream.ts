/** A body made of items while it is sent: the first item is awaited before the head, the others at the client's pace. */

import { Readable } from "node:stream";
import { currentRequest } from "../http/current-request.ts";
import type { StopNotice } from "../http/stop-notice.ts";
import { settle } from "../http/maybe-promise.ts";
import { OverdueWork } from "./overdue-work.ts";
import type { RequestContext } from "./request-context.ts";
import { ServerEvent } from "./server-event.ts";

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

/**
 * The last event of a stream that ends because the app stops, where the client can go on from an id. It has no data,
 * so that browsers, which connect again in any case, do not show it to anybody; the typed client knows by it to come back.
 */
const stopEvent = "event: stop\n\n";

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
  /** Whether an event had an id, which the client can come back with. */
  #hasId = false;
  readonly #context = currentRequest.getStore() as RequestContext | undefined;
  /** Whether the item that is under way is there. */
  #isSettled = false;
  #isStopped = false;
  /** Ends the present wait. */
  #wake: (() => void) | undefined;
  readonly #forget: (() => void) | undefined;

  constructor(source: Source, parts: ItemStreamParts) {
    this.#source = source;
    this.#parts = parts;
    this.#forget = parts.stopNotice?.listen(() => {
      this.#isStopped = true;
      this.#wake?.();
    });
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
    this.#pending ??= this.#begin();
    try {
      const step = await this.#orSilence(this.#pending);
      if (step === undefined) return encodeText(this.#parts.heartbeat as string);
      this.#pending = undefined;
      if (step !== ended) return step;
      const isStopped = !this.#isOver;
      this.#close();
      return isStopped && this.#hasId ? encodeText(stopEvent) : ended;
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
    const isWaiting = this.#pending !== undefined;
    const released = this.#release();
    if (this.#context !== undefined) OverdueWork.of(this.#context.stopNotice)?.expectEnd(this.#context, released);
    // A generator that waits hears of it when its waiting ends, which may be never: who leaves does not wait for that.
    if (isWaiting) released.catch(() => {});
    else await released;
    return ended;
  }

  /** The source ended by itself, or does not know yet that the app stops. */
  #close(): void {
    this.#forget?.();
    this.#release().catch(() => {});
  }

  /** Tells a source that goes on that nobody reads it. What it may still use is only cleaned up behind it. */
  async #release(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const released = (async () => void (await this.#source.return?.()))();
    if (this.#context !== undefined) holdEndings(this.#context, released);
    await released;
  }

  #begin(): Promise<Step> {
    const pending = this.#pull();
    const finishItem = (): void => {
      this.#isSettled = true;
      this.#wake?.();
    };
    this.#isSettled = false;
    pending.then(finishItem, finishItem);
    return pending;
  }

  async #pull(): Promise<Step> {
    const { done, value } = await this.#source.next();
    if (done === true) {
      this.#isOver = true;
      return ended;
    }
    try {
      const item = await settle(value);
      this.#hasId ||= item instanceof ServerEvent && item.init.id !== undefined;
      return encodeText((await this.#parts.encode(item)) as string | Uint8Array);
    } catch (error) {
      // The source is well: it must hear that it is over.
      void Promise.resolve(this.#source.return?.()).catch(() => {});
      throw error;
    }
  }

  /** Undefined when nothing came for so long. A race with a promise that lives as long as the stream would keep every item. */
  async #orSilence(pending: Promise<Step>): Promise<Step | undefined> {
    const { heartbeat, silence } = this.#parts;
    if (!this.#isSettled && !this.#isStopped) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const isTimed = heartbeat !== undefined && silence !== undefined;
      const timer = isTimed ? setTimeout(resolve, silence) : undefined;
      await promise;
      clearTimeout(timer);
      this.#wake = undefined;
    }
    if (this.#isSettled) return pending;
    return this.#isStopped ? ended : undefined;
  }
}

function encodeText(text: string | Uint8Array): Step {
  return { done: false, value: typeof text === "string" ? Buffer.from(text) : text };
}

/** Milliseconds that the clean-up of a request waits for the source of its stream, which may not listen to anything. */
const releaseTime = 1_000;

/** Lets the clean-up of the request wait until the source has ended, as it waits for a handler. */
function holdEndings(context: RequestContext, released: Promise<void>): void {
  context.onFinished(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, releaseTime);
    await Promise.race([released.catch(() => {}), promise]);
    clearTimeout(timer);
  });
}
