/** Which pages may open a WebSocket: a browser sends its user's cookies along, whatever page asks (RFC 6455 §10.2). */

import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { parseOrigin } from "../middleware/parse-origin.ts";

/** @throws HttpError 403 for a page that may not */
export type CheckOrigin = (request: HttpRequest) => void;

/**
 * Pages of the app's own origin and of the listed ones may; programs that send no origin have no user's cookies to abuse.
 * @throws ApusError APUS_BAD_OPTION
 */
export function compileOrigins(origins: unknown, where: string): CheckOrigin {
  if (origins === "*") return () => {};
  const listed = readOrigins(origins ?? [], where);
  return ({ headers, scheme }) => {
    const origin = headers.get("origin");
    if (origin === undefined || listed.has(origin)) return;
    if (origin === parseOrigin(`${scheme}://${headers.get("host") ?? ""}`)) return;
    throw new HttpError(403, { detail: "Pages of this origin may not connect here." });
  };
}

function readOrigins(origins: unknown, where: string): ReadonlySet<string> {
  const wanted = 'origins is a list of origins such as "https://chat.example.com", or "*"';
  if (!Array.isArray(origins)) throw new ApusError("APUS_BAD_OPTION", `${where}: ${wanted}.`);
  return new Set(
    origins.map((origin: unknown) => {
      const parsed = typeof origin === "string" ? parseOrigin(origin) : undefined;
      if (parsed !== undefined) return parsed;
      throw new ApusError("APUS_BAD_OPTION", `${where}: ${wanted}, and ${JSON.stringify(origin)} is none.`);
    }),
  );
}
