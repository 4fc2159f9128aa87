/** Functions that tests run in workers on behalf of a request. */

import { HttpError } from "apus";
import { offload } from "apus/workers";
import { currentRequest } from "../../../src/http/current-request.ts";

export const describeRequest = offload(import.meta, "describeRequest", () => {
  const { requestId, traceparent } = offload.context();
  const current = currentRequest.getStore();
  return {
    requestId,
    traceparent,
    route: current?.route,
    traceId: current?.traceId,
    path: current?.request.path,
    cookie: current?.request.headers.get("cookie") ?? null,
  };
});

export const refuse = offload(import.meta, "refuse", () => {
  throw new HttpError(402, { detail: "pay first", price: 3 }, { headers: { "x-price": "3" } });
});
