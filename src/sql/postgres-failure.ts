/** Tells a PostgreSQL that is not there, or that went away, from one that refuses a statement. */

/** Of the operating system, below the protocol. */
const networkCodes: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
]);

/** PostgreSQL, appendix A: classes 08 (connection) and some of 57 and 53: shutting down, starting up, full. */
const serverCodes: ReadonlySet<unknown> = new Set(["57P01", "57P02", "57P03", "57P05", "53300"]);

/** Texts of pg, which gives these failures no code. */
const ownTexts = [
  "Connection terminated",
  "timeout exceeded when trying to connect",
  "Client has encountered a connection error",
  "Connection ended",
  "Client was closed",
];

/** Whether the connection is the problem, and not the statement. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  const { code } = error as { code?: unknown };
  if (networkCodes.has(code) || serverCodes.has(code)) return true;
  if (typeof code === "string" && /^08[0-9A-Z]{3}$/.test(code)) return true;
  return code === undefined && ownTexts.some((text) => error.message.startsWith(text));
}
