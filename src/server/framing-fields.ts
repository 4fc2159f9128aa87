/** The fields that say where an answer and its connection end: the engine's alone, because a wrong one would shift every later answer. */

/** In lower case (RFC 9112 §6, §9). */
export const framingFields: ReadonlySet<string> = new Set([
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
]);
