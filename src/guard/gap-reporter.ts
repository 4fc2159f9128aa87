/** Gathers what is known about a gap, waits until everything is, and writes the log line. */

import { url as inspectorUrl } from "node:inspector";
import type { Logger } from "../log/logger.ts";
import { CollectionWatch } from "./collection-watch.ts";
import type { GuardSettings } from "./guard-options.ts";
import type { HeldSites } from "./held-sites.ts";
import { buildCallMessage, buildHoldMessage, buildManyMessage, formatTime, type ToldHold } from "./hold-message.ts";
import { judgeGap, nameableFrame, wasNative, type Verdict } from "./judge-gap.ts";
import type { Gap } from "./loop-beat.ts";
import { takeSample, type LoopSample } from "./loop-sample.ts";
import { formatFrame, ownerOf, placeOf, shortenPlace } from "./stack-frames.ts";
import { watchSyncCalls, type NoticedCall } from "./sync-call-watch.ts";
import { cells } from "./watchdog.ts";

export interface GapReporterParts {
  readonly settings: GuardSettings;
  readonly interval: number;
  readonly logger: Logger;
  readonly declaredAt: (method: string, route: string) => string | undefined;
  readonly sites: HeldSites;
  readonly shared: Float64Array<SharedArrayBuffer>;
}

/** Milliseconds. */
const measuringTime = 300_000;
const maxSamples = 64;
const maxGaps = 64;
const maxToldCalls = 1_000;
/** Frames that a log line shows. */
const shownFrames = 12;

export class GapReporter {
  readonly #parts: GapReporterParts;
  readonly #collections = new CollectionWatch();
  readonly #toldCalls = new Set<string>();
  #samples: LoopSample[] = [];
  #gaps: Gap[] = [];
  #judging: NodeJS.Timeout | undefined;
  #unwatchCalls: (() => void) | undefined;
  #measuring: NodeJS.Timeout | undefined;
  #nextMeasuring = 0;
  #measuringWait = measuringTime * 2;

  constructor(parts: GapReporterParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#parts.settings.syncCalls) this.#watchCalls();
  }

  /** What is not judged yet is judged at once. */
  stop(): void {
    this.#judge();
    this.#stopMeasuring();
    this.#unwatchCalls?.();
    this.#samples = [];
  }

  /** Called in the middle of other code, wherever it is: takes a look, and says whether there was anybody's code to see. */
  readonly sample = (askedAt: number): boolean => {
    const sample = takeSample(askedAt);
    this.#keep(sample);
    return nameableFrame(sample.frames) !== undefined;
  };

  /** A little later: then the watchdog has run again, and says whether it had been stopped too. */
  consider(gap: Gap): void {
    if (this.#gaps.length < maxGaps) this.#gaps.push(gap);
    this.#judging ??= setTimeout(() => this.#judge(), this.#parts.settings.threshold).unref();
  }

  #watchCalls(): void {
    const { threshold, syncCalls } = this.#parts.settings;
    const onCall = (call: NoticedCall): void => this.#onCall(call);
    this.#unwatchCalls = watchSyncCalls({ longCall: threshold / 2, tellsAll: syncCalls, onCall });
  }

  /** What cannot be interrupted is measured for a while, so that the next time it has its name. Measuring costs, so it is not done again and again. */
  #measure(): void {
    const now = Date.now();
    if (this.#measuring !== undefined || now < this.#nextMeasuring) return;
    this.#nextMeasuring = now + this.#measuringWait;
    this.#measuringWait *= 4;
    this.#collections.start();
    if (this.#unwatchCalls === undefined) this.#watchCalls();
    this.#measuring = setTimeout(() => this.#stopMeasuring(), measuringTime).unref();
  }

  #stopMeasuring(): void {
    clearTimeout(this.#measuring);
    this.#measuring = undefined;
    this.#collections.stop();
    if (this.#parts.settings.syncCalls) return;
    this.#unwatchCalls?.();
    this.#unwatchCalls = undefined;
  }

  #keep(sample: LoopSample): void {
    this.#samples.push(sample);
    if (this.#samples.length > maxSamples) this.#samples.shift();
  }

  #onCall(noticed: NoticedCall): void {
    const { threshold } = this.#parts.settings;
    this.#keep(noticed);
    // So long a call leaves a gap between two beats, and is told as what held the loop.
    if (
      !this.#parts.settings.syncCalls ||
      !noticed.call.isAlwaysTold ||
      noticed.duration > threshold + this.#parts.interval
    )
      return;
    const nearest = noticed.frames.find((frame) => ownerOf(frame) !== "node");
    const frame = nearest === undefined || ownerOf(nearest) === "own" ? undefined : nameableFrame(noticed.frames);
    if (frame === undefined) return;
    const place = placeOf(frame, noticed.frames);
    const key = `${noticed.call.name} ${noticed.request?.route} ${place.file}:${place.line}`;
    if (this.#toldCalls.has(key) || this.#toldCalls.size >= maxToldCalls) return;
    this.#toldCalls.add(key);
    const message = buildCallMessage(noticed, place);
    this.#parts.logger.warn(message, { ...requestFields(noticed), duration: round(noticed.duration) });
  }

  #judge(): void {
    clearTimeout(this.#judging);
    this.#judging = undefined;
    const { shared } = this.#parts;
    const stall = { start: shared[cells.stallStart] ?? 0, end: shared[cells.stallEnd] ?? 0 };
    const gaps = this.#gaps.splice(0);
    for (const gap of gaps) {
      const verdict = judgeGap(gap, {
        samples: this.#samples,
        collected: this.#collections.within(gap.start, gap.end),
        stalled: Math.min(gap.end, stall.end) - Math.max(gap.start, stall.start),
        threshold: this.#parts.settings.threshold,
        isDebugged: inspectorUrl() !== undefined,
      });
      this.#tell(gap, verdict);
    }
    // What came after may belong to a gap that the next beat is going to find.
    const judged = gaps.at(-1)?.end ?? 0;
    this.#samples = this.#samples.filter(({ time }) => time > judged);
  }

  #tell(gap: Gap, verdict: Verdict): void {
    const { logger } = this.#parts;
    switch (verdict.kind) {
      case "debugger":
        return;
      case "stall":
        return logger.debug(
          `The process stood still, or had too little processor time, for ${formatTime(gap.end - gap.start)}`,
        );
      case "unseen":
        return logger.debug(`The event loop did not turn for ${formatTime(gap.end - gap.start)}`);
      case "unclear":
        this.#measure();
        return logger.debug(`Native code or garbage collection held the event loop for ${formatTime(gap.held)}`);
      case "collection":
        return this.#tellCollection(gap);
      case "code":
      case "many":
        return this.#tellCode(gap, verdict);
    }
  }

  #tellCollection({ held }: Gap): void {
    const kind = "collection";
    const due = this.#parts.sites.add({ kind, method: undefined, route: undefined, place: undefined, held });
    if (due === undefined) return;
    const heap = Math.round(process.memoryUsage().heapUsed / 1_048_576);
    const message = `Garbage collection held the event loop for ${formatTime(due.longest)}`;
    this.#parts.logger.info(message, { held: round(due.longest), times: due.times, heapMb: heap });
  }

  #tellCode(gap: Gap, { kind, sample, frame }: Extract<Verdict, { readonly kind: "code" | "many" }>): void {
    const { sites, logger } = this.#parts;
    const method = sample.request?.method;
    const route = sample.request?.route;
    const place = frame === undefined ? undefined : placeOf(frame, sample.frames);
    if (place === undefined && wasNative(sample)) this.#measure();
    const due = sites.add({ kind, method, route, place, held: gap.held });
    if (due === undefined) return;
    const told: ToldHold = {
      sample,
      frame,
      place,
      declaredAt: this.#findDeclaration(method, route),
      times: due.times,
      held: due.longest,
    };
    const fields = {
      ...requestFields(sample),
      held: round(gap.held),
      computed: round(gap.computed),
      stack: sample.frames.slice(0, shownFrames).map(formatFrame),
    };
    if (kind === "code") logger.warn(buildHoldMessage(told), fields);
    else logger.info(buildManyMessage(told), fields);
  }

  #findDeclaration(method: string | undefined, route: string | undefined): string | undefined {
    if (method === undefined || route === undefined) return undefined;
    const found = this.#parts.declaredAt(method, route);
    return found === undefined ? undefined : shortenPlace(found);
  }
}

function requestFields({ request }: LoopSample): Readonly<Record<string, unknown>> {
  if (request === undefined) return {};
  const { requestId, traceId, method, route } = request;
  return {
    requestId,
    method,
    ...(route !== undefined && { route }),
    ...(traceId !== undefined && { traceId }),
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
