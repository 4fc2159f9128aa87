/** Attributes of spans by OpenTelemetry's semantic conventions. */

import type { Attributes } from "@opentelemetry/api";
import type { HttpRequest } from "../http/http-request.ts";
import type { FetchStep, SqlStep } from "../http/trace-channels.ts";
import { redactQuery } from "../log/redact.ts";
import { nameMethod } from "./request-watch.ts";
import { redactStatement } from "./redact-statement.ts";

/** What is known when a request begins. */
export function describeRequest({
  method,
  path,
  query,
  scheme,
  headers,
  remoteAddress,
  mountPath,
}: HttpRequest): Attributes {
  const known = nameMethod(method);
  const agent = headers.get("user-agent");
  return {
    "http.request.method": known,
    ...(known !== method && { "http.request.method_original": method }),
    "url.scheme": scheme,
    "url.path": mountPath + path,
    ...(query !== "" && { "url.query": redactQuery(query) }),
    ...describeHost(headers.get("host")),
    ...(remoteAddress !== "" && { "client.address": remoteAddress }),
    ...(agent !== undefined && { "user_agent.original": agent }),
  };
}

function describeHost(host: string | undefined): Attributes {
  const url = host === undefined ? null : URL.parse(`http://${host}`);
  if (url === null || url.pathname !== "/") return {};
  return { "server.address": url.hostname, ...(url.port !== "" && { "server.port": Number(url.port) }) };
}

/** An outgoing call, as long as nothing has come back. */
export function describeFetch({ method, url }: FetchStep): Attributes {
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const query = url.search === "" ? "" : `?${redactQuery(url.search.slice(1))}`;
  return {
    "http.request.method": nameMethod(method),
    "url.full": `${url.origin}${url.pathname}${query}`,
    "server.address": url.hostname,
    "server.port": port,
  };
}

export function describeStatement({ dialect, text }: SqlStep, operation: string): Attributes {
  return {
    "db.system.name": dialect === "postgres" ? "postgresql" : "sqlite",
    "db.operation.name": operation,
    "db.query.text": redactStatement(text),
  };
}
