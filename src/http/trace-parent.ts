/** The W3C `traceparent` header field (Trace Context level 2, §3.2). */

const form = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;

/** The trace id of a valid header value; undefined for a malformed one, an all-zero id and version ff. */
export function readTraceId(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 256 || header.startsWith("ff")) return undefined;
  const [, traceId, parentId] = form.exec(header) ?? [];
  if (traceId === undefined || /^0+$/.test(traceId) || /^0+$/.test(parentId as string)) return undefined;
  return traceId;
}
