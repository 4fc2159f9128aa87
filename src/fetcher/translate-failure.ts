/** From what the pool rejects with to what the caller is told. */

import { UpstreamError, type UpstreamErrorKind, type UpstreamStage } from "./upstream-error.ts";

const stages: ReadonlyMap<string, UpstreamStage> = new Map<string, UpstreamStage>([
  ["UND_ERR_CONNECT_TIMEOUT", "connect"],
  ["UND_ERR_HEADERS_TIMEOUT", "head"],
  ["UND_ERR_BODY_TIMEOUT", "idle"],
]);

const kinds: ReadonlyMap<string, UpstreamErrorKind> = new Map<string, UpstreamErrorKind>([
  ["UND_ERR_HEADERS_OVERFLOW", "protocol"],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "protocol"],
  ["UND_ERR_CLOSED", "closed"],
  ["UND_ERR_DESTROYED", "closed"],
]);

/** Mistakes in the call itself, which no upstream is to blame for. */
const ownFaults: ReadonlySet<string> = new Set(["UND_ERR_INVALID_ARG", "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"]);

/** `isSent`: whether a byte of the request has left. Own mistakes, and what is translated already, are given back. */
export function translateFailure(
  error: unknown,
  { upstream, isSent }: { readonly upstream: string; readonly isSent: boolean },
): unknown {
  const code = codeOf(error);
  if (error instanceof UpstreamError || ownFaults.has(code)) return error;
  const stage = stages.get(code);
  if (stage !== undefined) return new UpstreamError("timeout", { upstream, stage, cause: error });
  // Errors of the parser have no code of their own.
  const isUnreadable = error instanceof Error && error.name === "HTTPParserError";
  const other = isUnreadable ? "protocol" : isSent ? "connection" : "connect";
  return new UpstreamError(kinds.get(code) ?? other, { upstream, cause: error });
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null ? (error as { readonly code?: unknown }).code : "";
  return typeof code === "string" ? code : "";
}
