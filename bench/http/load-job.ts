/** What the load process is told to do, and what it reports. */

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
}

export type LoadJob = ClosedJob | OpenJob | BurstJob | IdleJob | DownloadJob | UploadJob;

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

/** Latencies in milliseconds. */
export interface OpenOutcome extends Faults {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Milliseconds after the requests were sent. */
export interface BurstOutcome extends Faults {
  readonly answered: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly serverCpuMs: number;
  readonly peakBytes: number;
}

export interface IdleOutcome extends Faults {
  readonly open: number;
  readonly bytesPerConnection: number;
}

export interface TransferOutcome extends Faults {
  readonly bytes: number;
  readonly seconds: number;
  readonly serverCpuMs: number;
  readonly peakBytes: number;
}

export interface Outcomes {
  readonly closed: ClosedOutcome;
  readonly open: OpenOutcome;
  readonly burst: BurstOutcome;
  readonly idle: IdleOutcome;
  readonly download: TransferOutcome;
  readonly upload: TransferOutcome;
}

export type LoadMessage =
  | { readonly ok: true; readonly outcome: Outcomes[LoadJob["kind"]] }
  | { readonly ok: false; readonly message: string };
