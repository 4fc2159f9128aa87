/** Errors that become an answer: `HttpError`, `ValidationError`, and `fail()` which throws one. */

import { ApusError } from "./apus-error.ts";
import { titleOf, type Issue, type Problem } from "./problem.ts";

/** What a problem document may be given: the standard members (RFC 9457 §3.1) and any extension member. */
export interface ProblemInit {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly [extension: string]: unknown;
}

export interface HttpErrorOptions extends ErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An error with an HTTP status (400–599), answered as a problem document.
 * `detail` reaches the client; `cause` only reaches the log.
 */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  readonly status: number;
  readonly problem: ProblemInit;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, problem: ProblemInit | string = {}, options: HttpErrorOptions = {}) {
    const init = typeof problem === "string" ? { detail: problem } : problem;
    super(init.detail ?? init.title ?? titleOf(status), options);
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new ApusError("APUS_BAD_OPTION", `HttpError needs a status from 400 to 599, not ${String(status)}.`);
    }
    this.status = status;
    this.problem = init;
    this.headers = options.headers ?? {};
  }

  /** The problem document that the client gets. */
  toProblem(): Problem & Readonly<Record<string, unknown>> {
    const { type = "about:blank", title = titleOf(this.status), detail, ...rest } = this.problem;
    // Twice: the first is its place in the text, the second keeps an extension member from contradicting the answer.
    return Object.assign({ type, title, status: this.status, ...(detail !== undefined && { detail }) }, rest, {
      status: this.status,
    });
  }
}

/** Inputs that do not fit their schemas: 422 with every issue of every place. */
export class ValidationError extends HttpError {
  override readonly name: string = "ValidationError";
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    const count = issues.length === 1 ? "1 issue" : `${issues.length} issues`;
    super(422, { detail: `The request has ${count}.`, errors: issues });
    this.issues = issues;
  }
}

/**
 * Ends the request with an error status and a problem document.
 * @throws HttpError always, so it may stand where a value is expected: `row ?? fail(404, "no such row")`.
 */
export function fail(status: number, problem?: ProblemInit | string, options?: HttpErrorOptions): never {
  throw new HttpError(status, problem, options);
}
