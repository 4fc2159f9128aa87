/** Decides what a gap between two beats was: code that held the loop, or something that nobody is to blame for. */

import type { Gap } from "./loop-beat.ts";
import type { LoopSample } from "./loop-sample.ts";
import { ownerOf, type StackFrame } from "./stack-frames.ts";

/** What else is known about the time of a gap. */
export interface GapEvidence {
  readonly samples: readonly LoopSample[];
  /** Milliseconds of garbage collections within it; undefined when they were not measured. */
  readonly collected: number | undefined;
  /** Milliseconds within it in which the watchdog's thread did not run either. */
  readonly stalled: number;
  /** Milliseconds that a turn may take. */
  readonly threshold: number;
  /** A debugger is attached: it stops the program as it likes. */
  readonly isDebugged: boolean;
}

export type Verdict =
  | { readonly kind: "code"; readonly sample: LoopSample; readonly frame: StackFrame | undefined }
  /** Several requests, each of them short, in one turn; the sample is of one of them. */
  | { readonly kind: "many"; readonly sample: LoopSample; readonly frame: StackFrame | undefined }
  | { readonly kind: "collection" | "stall" | "debugger" | "unseen" }
  /** A collection, or native code that caused one: what it was has to be measured the next time. */
  | { readonly kind: "unclear" };

/** Milliseconds; JavaScript lets itself be interrupted within one. */
const nativeDelay = 20;

export function judgeGap(gap: Gap, { samples, collected, stalled, threshold, isDebugged }: GapEvidence): Verdict {
  const duration = gap.end - gap.start;
  if (isDebugged) return { kind: "debugger" };
  // Between the beats the loop waited, and not for code.
  if (stalled >= duration / 2 || gap.held < threshold) return { kind: "stall" };
  if (collected !== undefined && collected >= duration / 2) return { kind: "collection" };
  const seen = samples.filter(({ time }) => time >= gap.start && time <= gap.end);
  // A call that took only a part of it would be blamed for the rest as well.
  const measured = seen.find(({ call, duration: took = Infinity }) => call !== undefined && took >= gap.held / 2);
  const sample = measured ?? seen.find(({ frames }) => nameableFrame(frames) !== undefined) ?? seen[0];
  if (sample === undefined) return { kind: "unseen" };
  if (measured === undefined && !wasNative(sample) && wasStarved(gap, threshold)) return { kind: "stall" };
  if (measured === undefined && wasNative(sample) && gap.hadCollection && collected === undefined) {
    return { kind: "unclear" };
  }
  const frame = nameableFrame(sample.frames);
  return { kind: measured === undefined && areMany(seen, duration) ? "many" : "code", sample, frame };
}

/** The innermost frame of the user's; of a package's, where the user has none. */
export function nameableFrame(frames: readonly StackFrame[]): StackFrame | undefined {
  return frames.find((frame) => ownerOf(frame) === "user") ?? frames.find((frame) => ownerOf(frame) === "package");
}

/** A look that had to wait came after what held the loop: its stack is that of what ran next. */
export function wasNative({ delay }: LoopSample): boolean {
  return delay > nativeDelay;
}

/**
 * Whether the machine had no time for code that would not have taken long.
 * What computes hardly at all is not starved, but waits for something, such as a lock.
 */
function wasStarved({ held, computed }: Gap, threshold: number): boolean {
  return computed < threshold / 2 && computed > held * 0.05;
}

/** Whether looks at different requests were taken, none of which can have been at work for half of the time. */
function areMany(samples: readonly LoopSample[], duration: number): boolean {
  const first = new Map<string, LoopSample>();
  let longest = 0;
  for (const sample of samples) {
    const { request } = sample;
    if (request === undefined) continue;
    const earlier = first.get(request.requestId);
    if (earlier === undefined) first.set(request.requestId, sample);
    else longest = Math.max(longest, sample.time - earlier.time);
    // What could not be interrupted has run since it was asked to stop.
    longest = Math.max(longest, sample.delay);
  }
  return first.size > 1 && longest < duration / 2;
}
