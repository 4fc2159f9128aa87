/** OpenTelemetry's contexts from and to the header fields of W3C Trace Context. */

import type { Context, SpanContext, TextMapGetter } from "@opentelemetry/api";
import type { RequestHeaders } from "../http/http-request.ts";
import { readTraceId } from "../http/trace-parent.ts";
import type { OpenTelemetry } from "./load-open-telemetry.ts";

const getter: TextMapGetter<RequestHeaders> = {
  keys: (headers) => [...new Set([...headers.entries()].map(([name]) => name))],
  get: (headers, name) => headers.get(name.toLowerCase()),
};

/** The caller's span, as the registered propagators see it; `traceparent` counts without any. */
export function readParent(api: OpenTelemetry, headers: RequestHeaders): Context {
  const active = api.context.active();
  const extracted = api.propagation.extract(active, headers, getter);
  if (api.trace.getSpanContext(extracted)?.isRemote === true) return extracted;
  const sent = readSpanContext(api, headers);
  return sent === undefined ? extracted : api.trace.setSpanContext(extracted, sent);
}

/** Its fields stand at fixed places (§3.2.2). */
function readSpanContext({ createTraceState }: OpenTelemetry, headers: RequestHeaders): SpanContext | undefined {
  const field = headers.get("traceparent");
  const traceId = readTraceId(field);
  if (field === undefined || traceId === undefined) return undefined;
  const state = headers.get("tracestate");
  return {
    traceId,
    spanId: field.slice(36, 52),
    traceFlags: Number.parseInt(field.slice(53, 55), 16) & 1,
    isRemote: true,
    ...(state !== undefined && { traceState: createTraceState(state) }),
  };
}

/** `traceparent` with this span as the parent. */
export function encodeTraceParent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, "0")}`;
}
