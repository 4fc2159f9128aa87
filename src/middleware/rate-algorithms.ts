/** The arithmetic of rate limits: from a key's state and the time to the next state and the verdict. */

import type { RatePolicy, RateVerdict } from "./rate-store.ts";

/**
 * What is kept of one key, in milliseconds of the store's clock. For a token bucket `start` is when it will be full
 * and the counts are 0; for a sliding window it is when the current window began, with the counts of it and of the one before.
 */
export interface RateState {
  readonly start: number;
  readonly current: number;
  readonly previous: number;
}

export interface RateStep {
  readonly state: RateState;
  readonly verdict: RateVerdict;
}

/** One request at `now`. */
export function takeOne(policy: RatePolicy, state: RateState | undefined, now: number): RateStep {
  return policy.algorithm === "token-bucket" ? takeToken(policy, state, now) : takeSlot(policy, state, now);
}

/** How long after `now` a state still says more than none would. */
export function relevantFor({ algorithm, window }: RatePolicy, state: RateState, now: number): number {
  return algorithm === "token-bucket" ? state.start - now : state.start + 2 * window - now;
}

/** The generic cell rate algorithm: a bucket in one number, its refill without a timer. */
function takeToken({ limit, window }: RatePolicy, state: RateState | undefined, now: number): RateStep {
  const interval = window / limit;
  const slack = interval * tolerance;
  const full = Math.max(state?.start ?? now, now);
  const next = full + interval;
  const allowed = next - now <= window + slack;
  const start = allowed ? next : full;
  const debt = start - now;
  const verdict = {
    allowed,
    remaining: Math.max(0, Math.floor((window - debt + slack) / interval)),
    resetAfter: debt,
    retryAfter: Math.max(0, debt + interval - window - slack),
  };
  return { state: { start, current: 0, previous: 0 }, verdict };
}

/** In requests: sums of fractions miss whole numbers by less; without it the last one of a quota could be refused. */
const tolerance = 1e-3;

/**
 * The window before counts as far as it reaches into the last `window` milliseconds, as if it had been filled evenly.
 * A begun request of it does not count: otherwise one of `limit` would never be free for who asks all the time.
 */
function takeSlot({ limit, window }: RatePolicy, state: RateState | undefined, now: number): RateStep {
  const { start, current, previous } = rollWindow(state, window, now);
  const rest = start + window - now;
  const free = Math.max(0, Math.ceil(limit - current - (previous * rest) / window - tolerance));
  const counted = { start, current: free > 0 ? current + 1 : current, previous };
  const remaining = Math.max(0, free - 1);
  const verdict = {
    allowed: free > 0,
    remaining,
    resetAfter: counted.current > 0 ? rest + window : rest,
    retryAfter: remaining > 0 ? 0 : waitForSlot({ limit, window }, counted, rest),
  };
  return { state: counted, verdict };
}

function rollWindow(state: RateState | undefined, window: number, now: number): RateState {
  const passed = state === undefined ? Infinity : now - state.start;
  if (state === undefined || passed >= 2 * window) return { start: now, current: 0, previous: 0 };
  if (passed < window) return state;
  return { start: state.start + window, current: 0, previous: state.current };
}

/** When so much of the older window is out of sight that one more request fits; a moment later, because it is a border. */
function waitForSlot(
  { limit, window }: { readonly limit: number; readonly window: number },
  { current, previous }: RateState,
  rest: number,
): number {
  const room = limit - current;
  // When the current window is full by itself, it has to become the one before first.
  if (room <= 0) return rest + 1;
  return Math.max(0, rest - (window * room) / previous) + 1;
}
