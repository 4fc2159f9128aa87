/** Takes secrets out of log fields and query strings. */

import type { LogFields } from "./logger.ts";

const secret =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|.*(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|credential|private[-_]?key).*)$/i;

const mask = "[redacted]";
const maxDepth = 6;

/** Whether a value under this name must not be logged. */
function isSecretName(name: string): boolean {
  return name.length <= 256 && secret.test(name);
}

/** A copy in which values under secret names, at any depth, are replaced. */
export function redactFields(fields: LogFields): LogFields {
  return redact(fields, 0) as LogFields;
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  try {
    return redactObject(value, depth);
  } catch {
    // A getter or toJSON that throws must not take the line with it.
    return "[unreadable]";
  }
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Error) return describeError(value, depth);
  if (depth >= maxDepth) return "[deep]";
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, (element) => redact(element, depth + 1));
  if (value instanceof URL) return describeUrl(value);
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if ("toJSON" in value && typeof value.toJSON === "function") return redact(value.toJSON(), depth + 1);
  const copy: Record<string, unknown> = {};
  for (const [name, member] of value instanceof Map ? value : Object.entries(value))
    copy[String(name)] = isSecretName(String(name)) ? mask : redact(member, depth + 1);
  return copy;
}

/** Without the user and password that a URL may hold. */
function describeUrl({ protocol, host, pathname, search }: URL): string {
  return `${protocol}//${host}${pathname}${search === "" ? "" : `?${redactQuery(search.slice(1))}`}`;
}

function describeError(error: Error, depth: number): unknown {
  const described: Record<string, unknown> = { name: error.name, message: error.message, stack: error.stack };
  if ("code" in error) described["code"] = error.code;
  if (depth >= maxDepth) return described;
  if (error.cause !== undefined) described["cause"] = redact(error.cause, depth + 1);
  if (error instanceof AggregateError) described["errors"] = redact(error.errors, depth + 1);
  return described;
}

/** A query string whose values under secret names are replaced. */
export function redactQuery(query: string): string {
  if (query === "") return query;
  return query
    .split("&")
    .map((pair) => {
      const end = pair.indexOf("=");
      return end !== -1 && isSecretName(decode(pair.slice(0, end))) ? `${pair.slice(0, end)}=${mask}` : pair;
    })
    .join("&");
}

function decode(name: string): string {
  if (!name.includes("%")) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
