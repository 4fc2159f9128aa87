/** An answer of an upstream that is read as it comes, at the reader's pace. */

import type { AnswerHeaders } from "./answer-headers.ts";

export interface StreamParts {
  readonly url: string;
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** The content, decoded. Its end frees the connection. */
  readonly content: AsyncGenerator<Uint8Array, void>;
  /** Gives it up at once. */
  readonly leave: () => void;
}

/** Read it to its end, or dispose of it (`await using`): until then it holds a connection. */
export class UpstreamStream implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Where it came from, behind redirects. */
  readonly url: string;
  readonly #content: AsyncGenerator<Uint8Array, void>;
  readonly #leave: () => void;

  constructor(parts: StreamParts) {
    this.status = parts.status;
    this.headers = parts.headers;
    this.url = parts.url;
    this.#content = parts.content;
    this.#leave = parts.leave;
  }

  /** Whether the status is from 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** Pieces of the content, once. @throws UpstreamError */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, void> {
    const iterator: AsyncIterableIterator<Uint8Array, void> = {
      next: () => this.#content.next(),
      return: async () => {
        await this[Symbol.asyncDispose]();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** For what takes a stream of the platform. */
  readable(): ReadableStream<Uint8Array> {
    return ReadableStream.from(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
    await this.#content.return();
  }
}
