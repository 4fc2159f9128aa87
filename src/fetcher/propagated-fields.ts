/** What the running request passes on to those that are called for it: its id, its trace, and its deadline. */

import { randomBytes } from "node:crypto";
import type { CurrentRequest } from "../http/current-request.ts";
import { readTraceId } from "../http/trace-parent.ts";

/**
 * `x-request-id`; `traceparent` with this call as the parent, and `tracestate` as it came (W3C Trace Context §3);
 * `x-request-deadline`, the whole milliseconds that are left: a duration, because clocks of two machines differ.
 */
export function describeOrigin(
  { request, requestId }: CurrentRequest,
  remaining: number,
): Readonly<Record<string, string>> {
  const deadline =
    request.deadline === undefined ? {} : { "x-request-deadline": String(Math.max(1, Math.floor(remaining))) };
  return { "x-request-id": requestId, ...deadline, ...continueTrace(request.headers.get("traceparent"), request) };
}

function continueTrace(
  parent: string | undefined,
  { headers }: CurrentRequest["request"],
): Readonly<Record<string, string>> {
  const traceId = readTraceId(parent);
  if (traceId === undefined || parent === undefined) return {};
  // The only flags of version 00 are those of its two digits, which others may follow in a later version.
  const flags = parent.slice(53, 55);
  const state = headers.get("tracestate");
  const own = `00-${traceId}-${createSpanId()}-${flags}`;
  return { traceparent: own, ...(state !== undefined && stateForm.test(state) && { tracestate: state }) };
}

/** What can be sent on, whatever it was received as; longer ones may be dropped (§3.3.1.5). */
const stateForm = /^[\x21-\x7e](?:[\x20-\x7e]{0,510}[\x21-\x7e])?$/;

/** Sixteen digits, not all of them zero (§2.2.2.4). */
function createSpanId(): string {
  const bytes = randomBytes(8);
  bytes[7] = (bytes[7] as number) | 1;
  return bytes.toString("hex");
}
