/** Compares the scopes that credentials have with those that an operation asks for. */

import { HttpError } from "../errors/http-error.ts";
import { encodeChallenges } from "./challenge.ts";

/**
 * Does nothing when every needed scope is granted. `granted` is a list, or text with spaces between (RFC 6749 §3.3).
 * @throws HttpError 403 whose `missing` names those that are not; its challenge names all that are needed, as a client
 * has to ask for all of them (RFC 6750 §3.1).
 */
export function requireScopes(granted: string | Iterable<string> | undefined, needed: readonly string[]): void {
  if (needed.length === 0) return;
  const held = new Set(typeof granted === "string" ? granted.split(" ") : granted);
  const missing = [...new Set(needed)].filter((scope) => !held.has(scope));
  if (missing.length === 0) return;
  const parameters = { error: "insufficient_scope", scope: [...new Set(needed)].join(" ") };
  throw new HttpError(
    403,
    { detail: `The credentials lack ${missing.length === 1 ? "a scope" : "scopes"}: ${missing.join(" ")}.`, missing },
    { headers: { "www-authenticate": encodeChallenges([{ scheme: "Bearer", parameters }]) } },
  );
}
