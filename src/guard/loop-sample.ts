/** A look at what the main thread is doing: its stack, and the request that it works for. */

import { currentRequest, type CurrentRequest } from "../http/current-request.ts";
import { readClock } from "./monotonic-clock.ts";
import { readStack, type StackFrame } from "./stack-frames.ts";
import type { SyncCall } from "./sync-calls.ts";

/** What is kept of a request: the rest of it may be big. */
export interface SampledRequest {
  readonly method: string;
  /** Undefined until one matched. */
  readonly route: string | undefined;
  readonly requestId: string;
  readonly traceId: string | undefined;
}

export interface LoopSample {
  /** Milliseconds of `readClock()`. */
  readonly time: number;
  /** Milliseconds between the question and the answer: what does not let itself be interrupted is native. */
  readonly delay: number;
  /** Innermost first. */
  readonly frames: readonly StackFrame[];
  readonly request: SampledRequest | undefined;
  /** The call that was measured by itself; undefined for a look from outside. */
  readonly call: SyncCall | undefined;
  /** Milliseconds that the call took. */
  readonly duration?: number;
}

/** Takes a sample of whatever it interrupts; `askedAt` of `readClock()`. */
export function takeSample(askedAt: number): LoopSample {
  const time = readClock();
  // Itself, what has called it, and the expression that the inspector was given.
  const frames = readStack(3);
  return { time, delay: time - askedAt, frames, request: sampleRequest(currentRequest.getStore()), call: undefined };
}

export function sampleRequest(current: CurrentRequest | undefined): SampledRequest | undefined {
  if (current === undefined) return undefined;
  const { requestId, traceId, route } = current;
  return { method: current.request.method, route, requestId, traceId };
}
