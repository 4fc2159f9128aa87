/** `telemetry()`: traces and metrics of an app, as a dependency that lives as long as it. */

import { dependency, type Dependency, type Uses } from "../dependencies/dependency.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { Reply } from "../operation/reply.ts";
import { holdContext } from "./context-holder.ts";
import { exportMetrics } from "./export-metrics.ts";
import { openFigures, type WatchedPool } from "./figures.ts";
import { loadOpenTelemetry, type OpenTelemetry } from "./load-open-telemetry.ts";
import { encodeMetrics, prometheusType } from "./prometheus-text.ts";
import { RequestFigures } from "./request-figures.ts";
import { watchRequests } from "./request-watch.ts";
import { recordTraces } from "./trace-recorder.ts";

export interface TelemetryOptions {
  /** Spans and instruments through `@opentelemetry/api`; true by default. Without it, `metrics()` is all there is. */
  readonly openTelemetry?: boolean;
  /** Databases, HTTP clients and what else has such `stats()`, by the name that its figures are given. */
  readonly pools?: Readonly<Record<string, Dependency<WatchedPool>>>;
}

/** What `use: { observed }` gives. */
export interface Telemetry {
  /** The figures of this process as an answer in Prometheus's text format. */
  metrics(): Reply<200, string>;
}

/**
 * Traces and metrics from the start of the app to its end: `new App({ use: [observed] })`, or `use` of one route.
 * @throws ApusError APUS_BAD_OPTION; APUS_MISSING_PACKAGE when the app starts
 */
export function telemetry(
  options: TelemetryOptions = {},
): Dependency<Telemetry, { readonly scope: "app"; readonly name: string }> {
  const check = new CheckedOptions("telemetry", options, ["openTelemetry", "pools"]);
  check.kind("openTelemetry", "boolean");
  const { openTelemetry = true, pools = {} } = options;
  const own = { scope: "app", name: "telemetry", use: pools as unknown as Uses } as const;
  return dependency(own, async function* (input): AsyncGenerator<Telemetry, void, undefined> {
    const given = input as unknown as Readonly<Record<string, WatchedPool>>;
    const watched = Object.fromEntries(Object.keys(pools).map((name) => [name, given[name] as WatchedPool]));
    const release = openTelemetry ? holdProcess(await startOpenTelemetry(watched)) : undefined;
    const requests = new RequestFigures();
    const stop = watchRequests(requests);
    const { figures, end } = openFigures(watched);
    const encode = (): string => encodeMetrics(requests, figures);
    try {
      yield { metrics: () => buildPage(encode()) };
    } finally {
      end();
      stop();
      release?.();
    }
  });
}

function buildPage(content: string): Reply<200, string> {
  const headers = { "cache-control": "no-store" };
  return new Reply<200, string>(200, { kind: "content", mediaType: prometheusType, content }, { headers });
}

/** Begins; gives the end. */
type Part = () => () => void;

async function startOpenTelemetry(pools: Readonly<Record<string, WatchedPool>>): Promise<Part> {
  const api: OpenTelemetry = await loadOpenTelemetry();
  return () => {
    const ends = [holdContext(api), recordTraces(api), exportMetrics(api, pools)];
    return () => {
      for (const end of ends.toReversed()) end();
    };
  };
}

/** The channels are the process's: of several apps only one may make spans, or each would be made twice. */
const waiting: Part[] = [];
let endRunning: (() => void) | undefined;

/** Runs the part that came first; when it ends, the next one. */
function holdProcess(part: Part): () => void {
  waiting.push(part);
  if (waiting.length === 1) endRunning = part();
  return () => {
    const index = waiting.indexOf(part);
    waiting.splice(index, 1);
    if (index !== 0) return;
    endRunning?.();
    endRunning = waiting[0]?.();
  };
}
