/** The same figures as OpenTelemetry's instruments, for whatever reads the registered meter provider. */

import type { Meter, Observable, ObservableResult } from "@opentelemetry/api";
import type { Figure } from "./figure.ts";
import { openFigures, type WatchedPool } from "./figures.ts";
import type { OpenTelemetry } from "./load-open-telemetry.ts";
import { durationBounds } from "./request-figures.ts";
import { watchRequests, type Labels } from "./request-watch.ts";

/** Makes the instruments; the returned function ends them. */
export function exportMetrics({ metrics }: OpenTelemetry, pools: Readonly<Record<string, WatchedPool>>): () => void {
  const meter = metrics.getMeter("apus");
  const stopRequests = exportRequests(meter);
  const { figures, end } = openFigures(pools);
  const stops = figures.map((figure) => exportFigure(meter, figure));
  return () => {
    stopRequests();
    for (const stop of stops) stop();
    end();
  };
}

function exportRequests(meter: Meter): () => void {
  const duration = meter.createHistogram("http.server.request.duration", {
    unit: "s",
    description: "Duration of HTTP server requests.",
    advice: { explicitBucketBoundaries: [...durationBounds] },
  });
  const active = meter.createUpDownCounter("http.server.active_requests", {
    unit: "{request}",
    description: "Requests that have not ended.",
  });
  return watchRequests({
    began: (labels) => active.add(1, labels),
    ended: (begin, end, seconds) => {
      active.add(-1, begin);
      duration.record(seconds, typeStatus(end));
    },
  });
}

/** The convention has the status as a number. */
function typeStatus(labels: Labels): Record<string, string | number> {
  return { ...labels, "http.response.status_code": Number(labels["http.response.status_code"]) };
}

function exportFigure(meter: Meter, { name, unit, kind, help, read }: Figure): () => void {
  const settings = { unit, description: help };
  const instrument = createInstrument(meter, kind, { name, settings });
  const observe = (result: ObservableResult): void => {
    for (const { value, labels } of read()) result.observe(value, labels);
  };
  instrument.addCallback(observe);
  return () => instrument.removeCallback(observe);
}

function createInstrument(
  meter: Meter,
  kind: Figure["kind"],
  { name, settings }: { readonly name: string; readonly settings: { unit: string; description: string } },
): Observable {
  switch (kind) {
    case "counter":
      return meter.createObservableCounter(name, settings);
    case "sum":
      return meter.createObservableUpDownCounter(name, settings);
    case "gauge":
      return meter.createObservableGauge(name, settings);
  }
}
