/** `apus/workers`: functions that run in worker threads, off the event loop. */

export { offload } from "./workers/offload.ts";
export type { Offload } from "./workers/offload.ts";
export type { OffloadContext } from "./workers/offload-context.ts";
export type {
  OffloadableFunction,
  Offloaded,
  OffloadOptions,
  OffloadPriority,
  OffloadResult,
  OffloadSettings,
} from "./workers/offloaded.ts";
export { configureOffload } from "./workers/pool-settings.ts";
export type { PoolSettings } from "./workers/pool-settings.ts";
export type { DurationTotals, OffloadStatistics } from "./workers/pool-statistics.ts";
export { WorkerLostError } from "./workers/worker-lost-error.ts";
