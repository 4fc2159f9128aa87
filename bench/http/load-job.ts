/** What the load process is told to do, and what it reports. */

import type { Latencies } from "./statistics.ts";

/** A request with the exact answer that the server gave before the load, found right then. */
export interface Shot {
  readonly bytes: string;
  readonly status: number;
  readonly body: string;
}

interface Target {
  readonly port: number;
  /** Whose CPU time and memory are read. */
  readonly pid: number;
  readonly shots: readonly Shot[];
  readonly connections: number;
}

/** Each connection asks again as soon as it is answered. */
export interface ClosedJob extends Target {
  readonly kind: "closed";
  /** The server's core, whose other users are watched. */
  readonly core: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Requests leave at fixed times, whatever became of those before; latency counts from the time they were due. */
export interface OpenJob extends Target {
  readonly kind: "open";
  /** Requests per second. */
  readonly rate: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** All connections are opened, then all ask at once. */
export interface BurstJob extends Target {
  readonly kind: "burst";
  readonly timeoutMs: number;
}

/** All connections are opened, ask once and stay. */
export interface IdleJob extends Target {
  readonly kind: "idle";
}

/** One answer of any size, counted and thrown away. */
export interface DownloadJob extends Target {
  readonly kind: "download";
}

/** One request whose body of `bytes` bytes is sent at the server's pace. */
export interface UploadJob extends Target {
  readonly kind: "upload";
  readonly bodyBytes: number;
  /** What follows the bytes, when they are a part of a form. */
  readonly tail?: string;
}

/** Slow clients beside honest ones: `connections` are the slow ones, `shots` what the honest ask. */
export interface SlowJob extends Target {
  readonly kind: "slow";
  /** What a slow client sends as soon as it is connected. */
  readonly opening: string;
  /** What it sends afterwards, a byte a second; empty for nothing. */
  readonly drip: string;
  /** Whether it takes a few bytes of its answer a second, instead of all that comes. */
  readonly readsSlowly: boolean;
  /** Connections and requests per second of the honest. */
  readonly honest: { readonly connections: number; readonly rate: number };
  /** The time in which the slow ones are opened. */
  readonly openingMs: number;
  /** How long the honest are alone, how long the slow ones come and are new, and how long they stay. */
  readonly aloneMs: number;
  readonly comingMs: number;
  readonly stayingMs: number;
}

/** Requests arrive at fixed times, more than can be answered; `connections` is how many may be opened for them at most. */
export interface OverloadJob extends Target {
  readonly kind: "overload";
  /** Arrivals per second. */
  readonly rate: number;
  /** The server's core, whose other users are watched. */
  readonly core: number;
  /** How many connections are open before the first arrival. */
  readonly opened: number;
  readonly offerMs: number;
  /** How long after the last arrival answers are waited for. */
  readonly drainMs: number;
  /** An answer that came within so many milliseconds of its arrival came promptly. */
  readonly promptMs: number;
}

/** Connections that stay open after their first bytes; no shots. */
export interface HeldJob extends Target {
  readonly kind: "held";
  /** What each sends when it is open. */
  readonly opening: string;
  /** How the first bytes of its answer must begin. */
  readonly answer: string;
  /** Whether it takes a few bytes a second, instead of all that comes. */
  readonly readsSlowly: boolean;
  readonly holdMs: number;
}

export type LoadJob =
  | ClosedJob
  | OpenJob
  | BurstJob
  | IdleJob
  | DownloadJob
  | UploadJob
  | SlowJob
  | OverloadJob
  | HeldJob;

/** What went wrong: answers that were not the expected ones, and requests that got none. */
export interface Faults {
  readonly wrong: number;
  readonly lost: number;
  /** The first of them, in words. */
  readonly sample: string | undefined;
}

export interface ClosedOutcome extends Faults {
  readonly requests: number;
  readonly seconds: number;
  readonly serverCpuMs: number;
  /** CPU time of the load process by wall time: near 1, it is the bottleneck. */
  readonly loadShare: number;
  /** CPU time that others took on the server's core, by wall time: well above 0, the machine was not quiet. */
  readonly foreignShare: number;
}

export interface OpenOutcome extends Faults, Latencies {
  readonly requests: number;
}

/** Milliseconds after the requests were sent. */
export interface BurstOutcome extends Faults {
  readonly answered: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly serverCpuMs: number;
  readonly peakBytes: number;
}

export interface HeldOutcome extends Faults {
  readonly open: number;
  /** Resident memory that each adds. */
  readonly bytesPerConnection: number;
  /** CPU time of the server by wall time, while all of them are held. */
  readonly cpuShare: number;
}

export interface IdleOutcome extends Faults {
  readonly open: number;
  /** Resident memory that each adds before it has asked anything. */
  readonly bytesBefore: number;
  /** The same after one request each. */
  readonly bytesPerConnection: number;
}

export interface TransferOutcome extends Faults {
  readonly bytes: number;
  readonly seconds: number;
  readonly serverCpuMs: number;
  readonly peakBytes: number;
}

export interface SlowOutcome {
  /** Of the honest requests, for each of the three times. */
  readonly alone: OpenOutcome;
  readonly coming: OpenOutcome;
  readonly staying: OpenOutcome;
  /** How many slow clients got a connection. */
  readonly opened: number;
  /** How many of them the server still held at the end, as the kernel counts. */
  readonly held: number;
  /** Milliseconds from the opening of a connection to its end, of those whose client saw it. */
  readonly cutAfter: readonly number[];
  /** The statuses with which slow clients were sent away, and how often. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Resident memory of the server at its most, beyond what it was before, by slow connection. */
  readonly bytesPerConnection: number;
}

/** Latencies in milliseconds from the arrival of a request, wherever it waited. */
export interface OverloadOutcome {
  readonly offered: number;
  /** Right answers, whenever they came. */
  readonly accepted: number;
  /** Right answers before the last arrival. */
  readonly acceptedInOffer: number;
  /** Those of them that came promptly. */
  readonly promptInOffer: number;
  /** Answers with 503, and those of them with Retry-After. */
  readonly refused: number;
  readonly withRetryAfter: number;
  /** Neither: another status, another body. */
  readonly wrong: number;
  /** Connections that were refused, or ended instead of an answer. */
  readonly lost: number;
  /** Still waiting when the waiting ended. */
  readonly unanswered: number;
  readonly sample: string | undefined;
  readonly acceptedLatency: Latencies;
  readonly refusedLatency: Latencies;
  /** Connections that were open at once, at most. */
  readonly connections: number;
  /** CPU time of the server and of others on its core until the last arrival, by wall time. */
  readonly serverShare: number;
  readonly foreignShare: number;
  /** By how much the load noticed arrivals too late: large, it is the bottleneck. */
  readonly arrivalDelay: Latencies;
}

export interface Outcomes {
  readonly closed: ClosedOutcome;
  readonly open: OpenOutcome;
  readonly burst: BurstOutcome;
  readonly idle: IdleOutcome;
  readonly download: TransferOutcome;
  readonly upload: TransferOutcome;
  readonly slow: SlowOutcome;
  readonly overload: OverloadOutcome;
  readonly held: HeldOutcome;
}

export type LoadMessage =
  | { readonly ok: true; readonly outcome: Outcomes[LoadJob["kind"]] }
  | { readonly ok: false; readonly message: string };
