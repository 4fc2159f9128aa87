/** The content of an answer: decoded, limited in size, and timed between its pieces, whoever of the two is slow. */

import { pipeline, Transform, type Duplex, type Readable } from "node:stream";
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { UpstreamError, type UpstreamErrorKind } from "./upstream-error.ts";
import type { Exchange } from "./upstream-pool.ts";

export interface ContentLimits {
  readonly upstream: string;
  /** Bytes, decoded as well as sent. */
  readonly maxBytes: number;
  /** Milliseconds for the next piece. */
  readonly idle: number;
  /** Milliseconds that nobody may ask for the next piece; undefined for ever. */
  readonly unread?: number | undefined;
}

/** Milliseconds that a rest may take before its connection is closed instead. */
const restTime = 1_000;

/** What we can decode, in the order of preference. */
export const acceptedEncodings = "gzip, br, zstd";

/** RFC 9659 §3: no more is needed, and a frame may ask for any amount of memory. */
const zstdWindow = 23;

const decoders: ReadonlyMap<string, () => Duplex> = new Map([
  ["gzip", () => createGunzip()],
  ["x-gzip", () => createGunzip()],
  ["deflate", () => createInflate()],
  ["br", () => createBrotliDecompress()],
  ["zstd", () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: zstdWindow } })],
]);

/** Statuses and methods whose answers have no content. */
export function hasContent(method: string, status: number): boolean {
  return method !== "HEAD" && status !== 204 && status !== 304;
}

/**
 * Pieces of the content as they come, at the reader's pace. It can be read once; its end closes the exchange.
 * @throws UpstreamError by the reading
 */
export function readAnswerContent(exchange: Exchange, limits: ContentLimits): AsyncGenerator<Uint8Array, void> {
  const watch = new PaceWatch(limits, exchange.body);
  watch.waitForReader();
  return pull({ exchange, limits, watch });
}

interface Reading {
  readonly exchange: Exchange;
  readonly limits: ContentLimits;
  readonly watch: PaceWatch;
}

async function* pull(reading: Reading): AsyncGenerator<Uint8Array, void> {
  const { exchange, limits, watch } = reading;
  try {
    const declared = exchange.headers.get("content-length");
    if (declared !== undefined && Number(declared) > limits.maxBytes) throw tooLarge(limits);
    let total = 0;
    watch.waitForUpstream();
    for await (const chunk of decode(exchange, limits) as AsyncIterable<Uint8Array>) {
      total += chunk.length;
      if (total > limits.maxBytes) throw tooLarge(limits);
      watch.waitForReader();
      yield chunk;
      watch.waitForUpstream();
    }
  } catch (error) {
    throw explain(error, reading);
  } finally {
    watch.stop();
    exchange.body.destroy();
    exchange.leave();
  }
}

/** Throws away what nobody reads; a short rest is read, so that the connection can be used again. */
export function discardContent({ body, headers, leave }: Exchange): void {
  const length = headers.get("content-length");
  const isShort = length !== undefined && Number(length) <= 65_536;
  body.on("error", () => undefined);
  const timer = setTimeout(() => body.destroy(), restTime);
  body.once("close", () => clearTimeout(timer));
  if (isShort) body.resume();
  else body.destroy();
  leave();
}

function decode(exchange: Exchange, limits: ContentLimits): Readable {
  const { body } = exchange;
  const coding = codingOf(exchange);
  if (coding === undefined) return body;
  const create = decoders.get(coding);
  if (create === undefined) {
    const shown = JSON.stringify(coding.slice(0, 64));
    throw fail("encoding", limits, new Error(`The content is encoded in ${shown}, which was not asked for.`));
  }
  // Members without content would go on for ever and decode to nothing.
  let received = 0;
  const meter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      received += chunk.length;
      done(received > limits.maxBytes ? tooLarge(limits) : null, chunk);
    },
  });
  const decoder = create();
  pipeline(body, meter, decoder, () => undefined);
  return decoder;
}

function codingOf({ headers }: Exchange): string | undefined {
  const coding = (headers.get("content-encoding") ?? "").trim().toLowerCase();
  return coding === "" || coding === "identity" ? undefined : coding;
}

function explain(error: unknown, { exchange, limits, watch }: Reading): unknown {
  const { errored } = exchange.body;
  if (watch.failure !== undefined) return exchange.translate(watch.failure);
  if (error instanceof UpstreamError) return error;
  if (errored === null && codingOf(exchange) !== undefined) return fail("encoding", limits, error);
  return exchange.translate(errored ?? error);
}

function tooLarge(limits: ContentLimits): UpstreamError {
  return fail("too-large", limits, new Error(`The content has more than ${limits.maxBytes} bytes (maxBytes).`));
}

function fail(kind: UpstreamErrorKind, { upstream }: ContentLimits, cause: unknown): UpstreamError {
  return new UpstreamError(kind, { upstream, cause });
}

/** One timer for both: the upstream that sends nothing, and the reader that asks for nothing. */
class PaceWatch {
  failure: UpstreamError | undefined;
  readonly #limits: ContentLimits;
  readonly #body: Readable;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: ContentLimits, body: Readable) {
    this.#limits = limits;
    this.#body = body;
    // What has come, or will not come, is not waited for.
    body.once("close", () => this.stop());
  }

  waitForUpstream(): void {
    this.#start(this.#limits.idle, "idle");
  }

  waitForReader(): void {
    this.#start(this.#limits.unread, "unread");
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(time: number | undefined, stage: "idle" | "unread"): void {
    clearTimeout(this.#timer);
    if (time === undefined || this.#body.closed) return;
    this.#timer = setTimeout(() => {
      const words = stage === "idle" ? "Nothing has come" : "Nobody has read";
      const cause = new Error(`${words} for ${time} ms, in the middle of the content.`);
      this.failure = new UpstreamError("timeout", { upstream: this.#limits.upstream, stage, cause });
      this.#body.destroy(this.failure);
    }, time);
  }
}
