/** Which files a declaration takes, by what they begin like. */

import { ApusError } from "../errors/apus-error.ts";
import { parseMediaType } from "../http/media-type.ts";
import { detectType, knownTypes, looksLikeText } from "./file-signature.ts";

export interface AcceptedTypes {
  /** Whether a file is taken that begins with `head` and is claimed to be of type `claimed`. */
  accepts(head: Uint8Array, claimed: string): boolean;
}

/** Formats that are archives inside: their bytes say "zip", and the claim says which. */
const zipped: readonly string[] = [
  "application/epub+zip",
  "application/java-archive",
  "application/vnd.oasis.opendocument.",
  "application/vnd.openxmlformats-officedocument.",
];
const texts: readonly string[] = [
  "text/",
  "application/json",
  "application/xml",
  "image/svg+xml",
  "application/x-ndjson",
];

/**
 * Types such as "image/png" or "image/*". What no signature tells apart, such as "text/csv" or a document of an office
 * program, has to look like a text, or an archive, and to be claimed as such.
 * @throws ApusError APUS_BAD_OPTION for a type that cannot be told by its bytes.
 */
export function compileTypes(types: readonly string[], where: string): AcceptedTypes {
  const exact = new Set<string>();
  const families: string[] = [];
  for (const type of types) {
    const parsed = typeof type === "string" ? parseMediaType(type) : undefined;
    if (parsed === undefined || parsed.parameters.size > 0) {
      throw refuse(where, `has the type ${JSON.stringify(type)}, which is no media type such as "image/png"`);
    }
    const { essence } = parsed;
    if (essence.endsWith("/*")) families.push(essence.slice(0, -1));
    else if (isTellable(essence)) exact.add(essence);
    else
      throw refuse(where, `has the type "${essence}", which no signature tells; leave it out, and look at the bytes`);
  }
  const allows = (type: string): boolean => exact.has(type) || families.some((family) => type.startsWith(family));
  return {
    accepts: (head, claimed) => {
      const detected = detectType(head);
      // "image/*" does not take what only its claim makes an image: an SVG is a document that can run scripts.
      const isText = claimed.startsWith("text/") ? allows(claimed) : exact.has(claimed) && begins(texts, claimed);
      if (detected === undefined) return isText && looksLikeText(head);
      return allows(detected) || (detected === "application/zip" && begins(zipped, claimed) && allows(claimed));
    },
  };
}

function isTellable(type: string): boolean {
  return knownTypes.has(type) || begins(zipped, type) || begins(texts, type);
}

/** An entry that ends with "/" or "." stands for all that begin with it. */
function begins(entries: readonly string[], type: string): boolean {
  return entries.some((entry) => (/[/.]$/.test(entry) ? type.startsWith(entry) : type === entry));
}

function refuse(where: string, why: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `${where} ${why}.`);
}
