/** The `x-request-id` of a request: the client's own when it is harmless, otherwise a new one. */

import { randomUUID } from "node:crypto";

/** Letters, digits and `._-`, 1 to 128 of them; anything else is replaced, because it ends up in logs and headers. */
export function readRequestId(header: string | undefined): string {
  return header !== undefined && /^[A-Za-z0-9._-]{1,128}$/.test(header) ? header : randomUUID();
}
