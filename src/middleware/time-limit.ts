/** Ends requests that take too long: answers in the handler's place, and fires its signal. */

import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { abandonResponse, warn } from "../http/abandon-response.ts";
import { CheckedOptions, longestTime } from "../errors/checked-options.ts";
import type { Middleware } from "./middleware.ts";
import { TimedRequest } from "./timed-request.ts";

export interface TimeLimitOptions {
  /** Milliseconds until there must be an answer; its content may take longer. */
  readonly after: number;
  /** 503 by default. */
  readonly status?: 503 | 504;
  /** Told of errors that came too late to be answered; by default they become warnings of the process. */
  readonly onLateError?: (error: unknown, request: HttpRequest) => void;
}

/**
 * Answers 503 or 504 when there is no answer in time. The handler's `signal` fires with that error as its reason;
 * what it answers later is let go.
 * @throws ApusError APUS_BAD_OPTION
 */
export function timeLimit(options: TimeLimitOptions): Middleware {
  checkOptions(options);
  const { after, status = 503, onLateError = warnOf } = options;
  return async (request, next) => {
    const timed = new TimedRequest(request, performance.now() + after);
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const answer = next(timed);
    const timer = setTimeout(() => {
      const error = new HttpError(status, { detail: `There was no answer within ${after} ms.` });
      watchLate(answer, { error, request, onLateError });
      timed.expire(error);
      reject(error);
    }, after);
    try {
      return await Promise.race([answer, expired]);
    } finally {
      clearTimeout(timer);
    }
  };
}

interface Expiry {
  readonly error: HttpError;
  readonly request: HttpRequest;
  readonly onLateError: (error: unknown, request: HttpRequest) => void;
}

/** Nobody waits for the answer any more. Work that stopped because it was told to is no error. */
function watchLate(answer: Promise<HttpResponse>, { error, request, onLateError }: Expiry): void {
  const tell = (failure: unknown): void => {
    try {
      onLateError(failure, request);
    } catch (second) {
      warn(second);
    }
  };
  answer.then(
    (late) => {
      abandonResponse(late, error);
      if (late.status < 500 || late.status === error.status) return;
      tell(new Error(`${request.method} ${request.path} failed with ${late.status} after its time limit.`));
    },
    (failure: unknown) => {
      if (failure !== error) tell(failure);
    },
  );
}

function warnOf(error: unknown): void {
  warn(error);
}

function checkOptions(options: TimeLimitOptions): void {
  const check = new CheckedOptions("timeLimit", options, [
    "after",
    "status",
    "onLateError",
  ] satisfies readonly (keyof TimeLimitOptions)[]);
  check.given("after", "a number of milliseconds");
  check.whole("after", 1, longestTime);
  check.oneOf("status", [503, 504]);
  check.kind("onLateError", "function");
}
