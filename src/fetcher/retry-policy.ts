/** When a failed call is made again, and after how long: full jitter, `Retry-After`, and a budget against storms of retries. */

import { parseHttpDate } from "../middleware/http-date.ts";
import { UpstreamError, type UpstreamErrorKind } from "./upstream-error.ts";

export interface RetrySettings {
  /** How often a call is made again. */
  readonly limit: number;
  /** Milliseconds that the first wait takes at most; doubled each time. */
  readonly base: number;
  /** Milliseconds that a wait takes at most, also one that the upstream asks for. */
  readonly longest: number;
}

/** What may be another time. What an upstream answered wrongly, it will again. */
const passing: ReadonlySet<UpstreamErrorKind> = new Set(["connect", "connection", "protocol", "timeout"]);

const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** Methods that have the same effect twice as once (RFC 9110 §9.2.2; QUERY is safe). */
const idempotentMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"]);

export function isIdempotent(method: string, hasKey: boolean): boolean {
  return hasKey || idempotentMethods.has(method);
}

/** Whether the failure may pass. A call that was not connected has not been made, so any may be made again. */
export function mayPass(error: unknown, canRepeat: boolean): boolean {
  if (!(error instanceof UpstreamError) || !passing.has(error.kind)) return false;
  if (error.kind === "connect" || error.stage === "connect") return true;
  const isOwnLimit = error.stage === "total" || error.stage === "deadline" || error.stage === "unread";
  return canRepeat && !isOwnLimit;
}

export function isPassingStatus(status: number): boolean {
  return passingStatuses.has(status);
}

/** Milliseconds that a `Retry-After` asks for (RFC 9110 §10.2.3); undefined when it is none. */
export function parseRetryAfter(field: string | undefined, now: number = Date.now()): number | undefined {
  if (field === undefined) return undefined;
  if (/^\d{1,9}$/.test(field)) return Number(field) * 1000;
  const date = parseHttpDate(field);
  return date === undefined ? undefined : Math.max(0, date - now);
}

/**
 * Milliseconds to wait before the retry of this number, from 1 on; undefined when the upstream wants more than the longest.
 * Full jitter: any time up to the bound, so that callers that failed together do not return together.
 */
export function retryDelay(
  settings: RetrySettings,
  retry: { readonly number: number; readonly after: number | undefined },
  random: () => number = Math.random,
): number | undefined {
  const { base, longest } = settings;
  const jitter = random() * Math.min(longest, base * 2 ** (retry.number - 1));
  if (retry.after === undefined) return jitter;
  if (retry.after > longest) return undefined;
  return retry.after + random() * base;
}

const fullBudget = 20;
const refund = 0.2;

/** At most one retry for five calls, in the long run: what is overloaded is not loaded with retries on top. */
export class RetryBudget {
  #tokens = fullBudget;

  /** Takes what one retry costs; false when there is nothing left. */
  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** A call was made for the first time. */
  earn(): void {
    this.#tokens = Math.min(fullBudget, this.#tokens + refund);
  }
}
