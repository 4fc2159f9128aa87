/** Figures as Prometheus reads them: its text format, version 0.0.4. */

import type { Figure } from "./figure.ts";
import { durationBounds, type DurationSeries, type RequestFigures } from "./request-figures.ts";
import type { Labels } from "./request-watch.ts";

export const prometheusType = "text/plain; version=0.0.4; charset=utf-8";

/** Everything on one page. */
export function encodeMetrics(requests: RequestFigures, figures: readonly Figure[]): string {
  const active: Figure = {
    name: "http.server.active_requests",
    unit: "{request}",
    kind: "sum",
    help: "Requests that have not ended.",
    read: () => [...requests.active.values()],
  };
  return [encodeDurations([...requests.durations.values()]), ...[active, ...figures].map(encodeFigure)].join("");
}

function encodeFigure({ name, unit, kind, help, read }: Figure): string {
  const full = `${nameMetric(name, unit)}${kind === "counter" ? "_total" : ""}${unit === "1" ? "_ratio" : ""}`;
  const lines = read().map(({ value, labels }) => `${full}${encodeLabels(labels)} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${kind === "counter" ? "counter" : "gauge"}\n${lines.join("")}`;
}

function encodeDurations(series: readonly DurationSeries[]): string {
  const name = "http_server_request_duration_seconds";
  const head = `# HELP ${name} Time from the head of a request to the last byte of its answer.\n# TYPE ${name} histogram\n`;
  return head + series.map((one) => encodeSeries(name, one)).join("");
}

/** Buckets are added up: each has all that took at most so long. */
function encodeSeries(name: string, { labels, counts, sum }: DurationSeries): string {
  let count = 0;
  const buckets = counts.map((own, index) => {
    count += own;
    const le = String(durationBounds[index] ?? "+Inf");
    return `${name}_bucket${encodeLabels({ ...labels, le })} ${count}\n`;
  });
  return `${buckets.join("")}${name}_sum${encodeLabels(labels)} ${sum}\n${name}_count${encodeLabels(labels)} ${count}\n`;
}

const suffixes: Readonly<Record<string, string>> = { s: "_seconds", By: "_bytes" };

function nameMetric(name: string, unit: string): string {
  return name.replaceAll(".", "_") + (suffixes[unit] ?? "");
}

function encodeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name.replaceAll(".", "_")}="${escapeValue(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
