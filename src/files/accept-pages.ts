/** Reads `accept` (RFC 9110 §12.5.1) for one question: whether a client asks for a page. */

import { parseMediaType } from "../http/media-type.ts";
import { trimSpace } from "../http/trim-space.ts";

/** Whether the field names `text/html`: browsers do when they open an address, and not when a script or an image asks. */
export function acceptsPages(field: string | undefined): boolean {
  return (field ?? "").split(",").some((member) => {
    const type = parseMediaType(trimSpace(member));
    if (type === undefined || (type.essence !== "text/html" && type.essence !== "application/xhtml+xml")) return false;
    return Number(type.parameters.get("q") ?? 1) > 0;
  });
}
