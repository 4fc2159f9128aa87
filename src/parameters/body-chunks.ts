/** The bytes of a body as they come: within a limit, once, and only while their request lasts. */

import { HttpError } from "../errors/http-error.ts";
import type { RequestBody } from "../http/http-request.ts";

/** How long a body can be read. */
export interface BodyLife {
  /** Whether the request has ended. */
  readonly isFinished: boolean;
}

/**
 * The chunks of a body. Who stops before the end leaves the rest to the engine.
 * @throws HttpError 413 when the bytes pass `limit`; what the body ends with when the client goes away; Error when the request is over
 */
export async function* readChunks(
  body: RequestBody,
  limit: number,
  life: BodyLife,
): AsyncGenerator<Uint8Array, void, undefined> {
  checkLife(life);
  let received = 0;
  for await (const chunk of body.stream()) {
    checkLife(life);
    received += chunk.length;
    checkSize(received, limit);
    yield chunk;
    checkLife(life);
  }
  checkLife(life);
}

/** @throws HttpError 413, the same as for every other body over its limit */
export function checkSize(size: number, limit: number): void {
  if (size > limit) throw new HttpError(413, { detail: `The body is larger than ${limit} bytes.`, limit });
}

/** An engine forgets what is left of a body when its request ends: what it gave then would look whole. */
function checkLife({ isFinished }: BodyLife): void {
  if (isFinished) throw new Error("The request's body ended with its request: read it before.");
}

/** Something that can be iterated once: what is read is not kept. */
export class OneTimeItems<Item> implements AsyncIterable<Item> {
  #items: AsyncIterable<Item> | undefined;

  constructor(items: AsyncIterable<Item>) {
    this.#items = items;
  }

  [Symbol.asyncIterator](): AsyncIterator<Item> {
    const items = this.#items;
    if (items === undefined) throw new Error("The request's body has been read already: it can be iterated once.");
    this.#items = undefined;
    return items[Symbol.asyncIterator]();
  }
}
