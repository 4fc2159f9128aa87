/** What a call of another service failed with: an answer of ours, and the reason for handlers that catch it. */

import { HttpError } from "../errors/http-error.ts";
import type { AnswerHeaders } from "./answer-headers.ts";

/**
 * What went wrong. 502: "connect" (no connection), "connection" (broken off), "protocol" (no HTTP, or cut short),
 * "encoding" (its content coding), "too-large", "status", "json", "schema", "redirect".
 * 503: "busy" (too many calls), "open" (failed too often lately), "closed" (the client is being closed).
 * 504: "timeout". 422: "refused" (a URL of a user that may not be called).
 */
export type UpstreamErrorKind =
  | "connect"
  | "connection"
  | "protocol"
  | "encoding"
  | "too-large"
  | "status"
  | "json"
  | "schema"
  | "redirect"
  | "timeout"
  | "busy"
  | "open"
  | "closed"
  | "refused";

/** Which limit has passed: one of the client's own, or the deadline of the request that it was called for. */
export type UpstreamStage = "connect" | "head" | "idle" | "total" | "deadline" | "unread";

const answers: Readonly<Record<UpstreamErrorKind, readonly [status: number, words: string]>> = {
  connect: [502, "could not be reached"],
  connection: [502, "broke the connection off"],
  protocol: [502, "gave a broken answer"],
  encoding: [502, "gave an answer in a broken encoding"],
  "too-large": [502, "gave an answer that is too large"],
  status: [502, "answered with an unexpected status"],
  json: [502, "gave an answer that is not JSON"],
  schema: [502, "gave an answer of another form"],
  redirect: [502, "redirects to where it is not followed"],
  timeout: [504, "did not answer in time"],
  busy: [503, "has too many calls waiting"],
  open: [503, "is not called for a while, because it failed too often"],
  closed: [503, "is not called any more, because the app stops"],
  refused: [422, "may not be called"],
};

/** An answer with an unexpected status, for handlers that know what it means. */
export interface UnexpectedAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly url: string;
  readonly bytes: Uint8Array;
  text(): string;
  json(): Promise<unknown>;
}

export interface UpstreamErrorInit extends ErrorOptions {
  /** The name of the upstream. */
  readonly upstream: string;
  readonly stage?: UpstreamStage | undefined;
  /** The answer whose status was unexpected. */
  readonly answer?: UnexpectedAnswer | undefined;
  /** Milliseconds after which it may be tried again. */
  readonly retryAfter?: number | undefined;
}

/**
 * A call that failed: answered with 502, 503 or 504 and the upstream's name (422 for a URL that may not be called).
 * What the upstream said is in no answer; `cause` has the reason for the log.
 */
export class UpstreamError extends HttpError {
  override readonly name = "UpstreamError";
  readonly kind: UpstreamErrorKind;
  /** The name of the upstream. */
  readonly upstream: string;
  readonly stage: UpstreamStage | undefined;
  readonly #answer: UnexpectedAnswer | undefined;

  constructor(kind: UpstreamErrorKind, init: UpstreamErrorInit) {
    const [status, words] = answers[kind];
    const { upstream, retryAfter, cause } = init;
    const problem =
      kind === "refused"
        ? { detail: "This URL may not be called." }
        : { detail: `The upstream ${upstream} ${words}.`, upstream };
    const headers = retryAfter === undefined ? {} : { "retry-after": String(Math.ceil(retryAfter / 1000)) };
    super(status, problem, { headers, ...(cause !== undefined && { cause }) });
    this.kind = kind;
    this.upstream = upstream;
    this.stage = init.stage;
    this.#answer = init.answer;
  }

  /** The answer whose status was unexpected ("status" only). Behind a getter, so that no log writes it out. */
  get answer(): UnexpectedAnswer | undefined {
    return this.#answer;
  }
}
