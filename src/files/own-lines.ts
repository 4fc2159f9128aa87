/** Header lines that a developer gives an answer with a file. */

import { ApusError } from "../errors/apus-error.ts";
import type { HeaderLine } from "../http/http-response.ts";
import { Reply, type ReplyInit } from "../operation/reply.ts";

/** Fields that follow from the file, or have an option of their own: two of them would contradict each other. */
const decidedFields: ReadonlySet<string> = new Set([
  "accept-ranges",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "etag",
  "last-modified",
]);

/**
 * The lines of `headers` and `cookies`; `factory` is the name that users call.
 * @throws ApusError APUS_BAD_OPTION for a field that follows from the file, APUS_INVALID_HEADER for one that HTTP does not allow
 */
export function readOwnLines(factory: string, { headers, cookies }: ReplyInit): readonly HeaderLine[] {
  const init = { ...(headers !== undefined && { headers }), ...(cookies !== undefined && { cookies }) };
  const { headers: lines } = new Reply(200, { kind: "content", mediaType: undefined, content: null }, init);
  const decided = lines.find(([name]) => decidedFields.has(name))?.[0];
  if (decided === undefined) return lines;
  const message = `${factory}({ headers }) has "${decided}", which follows from the file; see the other options.`;
  throw new ApusError("APUS_BAD_OPTION", message);
}
