/** `apus/telemetry`: traces and metrics. */

export { telemetry } from "./telemetry/create-telemetry.ts";
export type { Telemetry, TelemetryOptions } from "./telemetry/create-telemetry.ts";
export type { CallingClient, ConnectionPool, WatchedPool } from "./telemetry/figures.ts";
