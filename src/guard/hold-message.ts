/** The sentences of the loop guard's log lines. */

import { wasNative } from "./judge-gap.ts";
import type { LoopSample } from "./loop-sample.ts";
import { describePlace, ownerOf, placeOf, type Place, type StackFrame } from "./stack-frames.ts";
import type { NoticedCall } from "./sync-call-watch.ts";
import { findSyncCall, type SyncCall } from "./sync-calls.ts";

/** What is told about one hold of a kind that has a sample. */
export interface ToldHold {
  readonly sample: LoopSample;
  /** The frame that is named; undefined when the code cannot be told from its stack. */
  readonly frame: StackFrame | undefined;
  readonly place: Place | undefined;
  /** `file:line` of the route's declaration. */
  readonly declaredAt: string | undefined;
  readonly times: number;
  /** Milliseconds; the longest when it happened several times. */
  readonly held: number;
}

/** `GET /report held the event loop for 312 ms in renderReport (report.ts:42): move it into offload()`. */
export function buildHoldMessage(hold: ToldHold): string {
  const { sample, times, held, place, declaredAt } = hold;
  const repeated = times === 1 ? `for ${formatTime(held)}` : `${times} times more, for up to ${formatTime(held)},`;
  // Where no code can be named, the route is what can be found.
  const declared = place === undefined && declaredAt !== undefined ? `, declared at ${declaredAt},` : "";
  return `${nameSubject(sample)}${declared} held the event loop ${repeated} ${describeWhere(hold)}: ${buildAdvice(sample)}`;
}

/** `Many requests in one turn held the event loop for 230 ms, GET /work among them in compute (work.ts:8)`. */
export function buildManyMessage({ sample, place, times, held }: ToldHold): string {
  const repeated = times === 1 ? "" : `${times} times more, `;
  const where = place === undefined ? "" : ` ${describePlace(place)}`;
  return `Many requests in one turn held the event loop ${repeated}for ${formatTime(held)}, ${nameSubject(sample)} among them${where}`;
}

/** `GET /report calls readFileSync() in load (load.ts:7), which held the event loop for 0.3 ms: await …`. */
export function buildCallMessage(noticed: NoticedCall, place: Place): string {
  const { call, duration } = noticed;
  return `${nameSubject(noticed)} calls ${call.name}() ${describePlace(place)}, which held the event loop for ${formatTime(duration)}: ${call.advice}`;
}

export function formatTime(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

function nameSubject({ request }: LoopSample): string {
  if (request === undefined) return "Code outside every request";
  return request.route === undefined ? `${request.method} before its route` : `${request.method} ${request.route}`;
}

function describeWhere({ sample, frame, place }: ToldHold): string {
  if (frame === undefined || place === undefined) {
    if (wasNative(sample)) return "in a native call such as JSON.parse or sort";
    const own = sample.frames.find((each) => ownerOf(each) === "own" && each.name !== "");
    return own === undefined ? "in many small steps, such as those of promises" : `in ${own.name} of Apus itself`;
  }
  const inner = sample.frames.find((each) => ownerOf(each) === "package");
  if (inner === undefined || inner === frame || sample.frames.indexOf(inner) > sample.frames.indexOf(frame)) {
    return describePlace(place);
  }
  return `${describePlace(place)}, which was ${describePlace(placeOf(inner))}`;
}

/** A synchronous function of Node.js on the way to the named code has a better advice than a thread. */
function buildAdvice({ call, frames }: LoopSample): string {
  const known = call ?? findCalled(frames);
  if (known?.isAlwaysTold !== true) return "move it into offload()";
  return `${known.advice}, instead of ${known.name}()`;
}

function findCalled(frames: readonly StackFrame[]): SyncCall | undefined {
  let found: SyncCall | undefined;
  for (const frame of frames) {
    if (ownerOf(frame) !== "node") break;
    // The outermost of Node.js's own is the one that the user has called.
    found = findSyncCall(frame.name) ?? found;
  }
  return found;
}
