/** What crosses over to a worker of the running request, and the request that stands for it there. */

import type { CurrentRequest } from "../http/current-request.ts";
import type { HttpRequest, RequestBody, RequestHeaders } from "../http/http-request.ts";
import { readTraceId } from "../http/trace-parent.ts";
import type { RequestFacts } from "./worker-messages.ts";

/** The W3C trace context and baggage. What says who the client is stays on this side. */
const carried = ["traceparent", "tracestate", "baggage"];

/** Undefined outside of a request. */
export function readRequestFacts(current: CurrentRequest | undefined): RequestFacts | undefined {
  if (current === undefined) return undefined;
  const { request, requestId, traceId, route } = current;
  const { method, path, mountPath, scheme, deadline } = request;
  const headers = carried.flatMap((name) => {
    const value = request.headers.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    requestId,
    traceId,
    route,
    method,
    path,
    mountPath,
    scheme,
    headers: [...headers, ["x-request-id", requestId]],
    deadline: deadline === undefined ? undefined : deadline + performance.timeOrigin,
  };
}

/** The same facts, with another span as the parent of what the worker does. */
export function continueTrace(
  facts: RequestFacts | undefined,
  traceparent: string | undefined,
): RequestFacts | undefined {
  if (facts === undefined || traceparent === undefined) return facts;
  const others = facts.headers.filter(([name]) => name !== "traceparent");
  const traceId = readTraceId(traceparent);
  return { ...facts, traceId, headers: [...others, ["traceparent", traceparent]] };
}

/** The running request, as code in a worker may know it: without query, body and credentials. */
export function buildWorkerRequest(facts: RequestFacts, signal: AbortSignal): CurrentRequest {
  const { requestId, traceId, route, method, path, mountPath, scheme, deadline } = facts;
  const request: HttpRequest = {
    method,
    path,
    query: "",
    headers: buildHeaders(facts.headers),
    body: noBody,
    scheme,
    remoteAddress: "",
    mountPath,
    signal,
    deadline: deadline === undefined ? undefined : deadline - performance.timeOrigin,
  };
  return { request, requestId, traceId, route };
}

const noBody: RequestBody = {
  length: 0,
  stream: async function* () {},
  bytes: () => new Uint8Array(),
};

function buildHeaders(lines: RequestFacts["headers"]): RequestHeaders {
  const fields = new Map(lines);
  return {
    get: (name) => fields.get(name),
    all: (name) => lines.flatMap(([own, value]) => (own === name ? [value] : [])),
    entries: () => lines,
  };
}
