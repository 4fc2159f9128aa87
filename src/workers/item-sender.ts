/** Sends the items of an iterable one by one, and only as many as are asked for. */

import { itemWindow } from "./worker-messages.ts";

type AnyIterator = Iterator<unknown, unknown, undefined> | AsyncIterator<unknown, unknown, undefined>;

/** Undefined for what is a value: arrays, maps and strings are values. */
export function readIterable(value: unknown): ItemSender | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Symbol.asyncIterator in value) return new ItemSender((value as AsyncIterable<unknown>)[Symbol.asyncIterator]());
  const isGenerator = Symbol.iterator in value && Object.prototype.toString.call(value) === "[object Generator]";
  return isGenerator ? new ItemSender((value as Iterable<unknown>)[Symbol.iterator]()) : undefined;
}

export class ItemSender {
  readonly #items: AnyIterator;
  #allowed = itemWindow;
  #isStopped = false;
  #wake: (() => void) | undefined;

  constructor(items: AnyIterator) {
    this.#items = items;
  }

  /** So many more may be sent. */
  allow(count: number): void {
    this.#allowed += count;
    this.#wake?.();
  }

  /** Nobody reads on: the generator is told to return when it has given what it is about to give. */
  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  /** Resolves to what the generator returns. */
  async send(sendItem: (item: unknown) => void, signal: AbortSignal): Promise<unknown> {
    let isOpen = true;
    try {
      while (await this.#mayGoOn()) {
        isOpen = false;
        const { done, value } = await this.#items.next();
        if (done === true) return value;
        isOpen = true;
        if (this.#isStopped) break;
        this.#allowed -= 1;
        sendItem(value);
      }
      isOpen = false;
      await this.#items.return?.();
      return undefined;
    } catch (error) {
      if (isOpen) await this.#items.return?.();
      const isAnswer = error === signal.reason || (error as Error | undefined)?.name === "AbortError";
      if (this.#isStopped && isAnswer) return undefined;
      throw error;
    }
  }

  async #mayGoOn(): Promise<boolean> {
    while (this.#allowed <= 0 && !this.#isStopped) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    return !this.#isStopped;
  }
}
