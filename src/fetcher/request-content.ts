/** The content of a call: what is sent of `json`, `form` or `body`, and whether it can be sent again. */

import { Readable } from "node:stream";
import { ApusError } from "../errors/apus-error.ts";
import { encodePairs } from "./fill-template.ts";
import type { CallContent, CallSettings } from "./upstream-calls.ts";

/** What the pool takes. */
export type SentBody = string | Uint8Array | AsyncIterable<Uint8Array> | null;

export interface OpenContent {
  readonly body: SentBody;
  /** Its media type, when it has one of its own. */
  readonly type: string | undefined;
  /** Bytes of a stream, when they are known. */
  readonly length: number | undefined;
}

export interface RequestContent {
  readonly isRepeatable: boolean;
  /** What is sent now. @throws Error for the second time when it cannot be repeated */
  open(signal: AbortSignal): OpenContent;
  /** Nothing more is sent: a stream that was not opened is given up. */
  release(): void;
  /** The error of the stream itself, which is not the upstream's. */
  readonly failure: { readonly error: unknown } | undefined;
}

const nothing: RequestContent = fixed(null, undefined);

/** @throws ApusError APUS_BAD_OPTION when there is more than one */
export function readContent(call: Pick<CallSettings, "json" | "form" | "body">): RequestContent {
  const { json, form, body } = call;
  if (Number(json !== undefined) + Number(form !== undefined) + Number(body !== undefined) > 1) {
    throw new ApusError("APUS_BAD_OPTION", "A call was given more than one of json, form and body: it sends one.");
  }
  if (json !== undefined) return fixed(encodeJson(json), "application/json");
  if (form !== undefined) return readBody(form instanceof FormData ? form : encodePairs(form));
  return body === undefined ? nothing : readBody(body);
}

function encodeJson(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text !== undefined) return text;
  throw new ApusError("APUS_BAD_OPTION", `A call was given ${typeof value} as json, which JSON cannot carry.`);
}

function readBody(body: CallContent): RequestContent {
  if (typeof body === "string") return fixed(body, "text/plain;charset=UTF-8");
  if (body instanceof Uint8Array) return fixed(body, undefined);
  if (body instanceof URLSearchParams) return fixed(String(body), "application/x-www-form-urlencoded");
  if (body instanceof Blob) {
    const type = body.type === "" ? undefined : body.type;
    return new StreamedContent(() => ({ source: body.stream(), type, length: body.size }), true);
  }
  if (body instanceof FormData) return new StreamedContent(() => encodeMultipart(body), true);
  if (typeof body === "object" && body !== null && Symbol.asyncIterator in body) {
    return new StreamedContent(() => ({ source: body, type: undefined, length: undefined }), false);
  }
  throw new ApusError("APUS_BAD_OPTION", "A call was given a body that is neither text, bytes, a form nor a stream.");
}

function fixed(body: string | Uint8Array | null, type: string | undefined): RequestContent {
  return {
    isRepeatable: true,
    failure: undefined,
    release: () => undefined,
    open: () => ({ body, type, length: undefined }),
  };
}

interface Source {
  readonly source: AsyncIterable<Uint8Array>;
  readonly type: string | undefined;
  readonly length: number | undefined;
}

/** Fetch's own encoder, which chooses the boundary. */
function encodeMultipart(form: FormData): Source {
  const encoded = new Response(form);
  const source = encoded.body as AsyncIterable<Uint8Array>;
  return { source, type: encoded.headers.get("content-type") ?? undefined, length: undefined };
}

class StreamedContent implements RequestContent {
  readonly isRepeatable: boolean;
  failure: { readonly error: unknown } | undefined;
  readonly #make: () => Source;
  #wasOpened = false;

  constructor(make: () => Source, isRepeatable: boolean) {
    this.#make = make;
    this.isRepeatable = isRepeatable;
  }

  open(signal: AbortSignal): OpenContent {
    if (this.#wasOpened && !this.isRepeatable) throw new Error("The stream of a call has been sent already.");
    this.#wasOpened = true;
    const { source, type, length } = this.#make();
    return { body: this.#pull(source, signal), type, length };
  }

  release(): void {
    if (this.#wasOpened || this.isRepeatable) return;
    this.#wasOpened = true;
    const { source } = this.#make();
    abandon(source, openSource(source));
  }

  /** Ends the source also while it waits for its next piece, when nobody wants that any more. */
  async *#pull(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const iterator = openSource(source);
    let reject = (_reason: unknown): void => undefined;
    const leave = (): void => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    let isDone = false;
    try {
      while (!isDone) {
        signal.throwIfAborted();
        const step = await new Promise<IteratorResult<Uint8Array, unknown>>((settle, fail) => {
          reject = fail;
          this.#next(iterator).then(settle, fail);
        });
        isDone = step.done === true;
        if (step.done !== true) yield step.value;
      }
    } finally {
      signal.removeEventListener("abort", leave);
      if (!isDone) abandon(source, iterator);
    }
  }

  async #next(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array, unknown>> {
    try {
      return await iterator.next();
    } catch (error) {
      this.failure ??= { error };
      throw error;
    }
  }
}

/** The own iterator of a platform's stream cannot be left while it waits; its reader can. */
function openSource(source: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array, unknown> {
  if (!(source instanceof ReadableStream)) return source[Symbol.asyncIterator]();
  const reader = (source as ReadableStream<Uint8Array>).getReader();
  return {
    next: () => reader.read(),
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

/** A stream of Node.js is destroyed, because its iterator, too, would wait for the next piece. */
function abandon(source: AsyncIterable<Uint8Array>, iterator: AsyncIterator<Uint8Array>): void {
  if (source instanceof Readable) source.destroy();
  else void Promise.resolve(iterator.return?.()).catch(() => undefined);
}
