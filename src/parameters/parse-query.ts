/** The one reader of query strings and of `application/x-www-form-urlencoded` text: name and value pairs in order. */

import { HttpError } from "../errors/http-error.ts";
import { decodePercent } from "../http/percent-decoding.ts";

/** How many pairs one query or form may have. */
export const maxPairs = 1000;

/** What is wrong, in the `code` member of the problem document. */
export type QueryErrorCode = "query-encoding" | "too-many-parameters";

/**
 * The pairs of a text without its "?": "+" is a space, a missing "=" means an empty value, empty pairs are skipped,
 * repeated names stay repeated.
 * @throws HttpError 400 ("query-encoding") for an escape that is malformed or not UTF-8; 400 for a query and 413 for a
 * form ("too-many-parameters") of more than 1000 pairs. `place` only chooses the status and the words.
 */
export function parseQuery(
  text: string,
  place: "query" | "form" = "query",
): readonly (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  const isEncoded = text.includes("%") || text.includes("+");
  let start = 0;
  while (start < text.length) {
    const ampersand = text.indexOf("&", start);
    const end = ampersand === -1 ? text.length : ampersand;
    if (end > start) {
      if (pairs.length === maxPairs) throw refuseCount(place);
      const pair = splitPair(text.slice(start, end));
      pairs.push(isEncoded ? decodePair(pair, { place, number: pairs.length + 1 }) : pair);
    }
    start = end + 1;
  }
  return pairs;
}

function splitPair(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  return equals === -1 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}

function decodePair(
  [rawName, rawValue]: readonly [string, string],
  where: { readonly place: "query" | "form"; readonly number: number },
): readonly [string, string] {
  const name = decodeComponent(rawName);
  const value = decodeComponent(rawValue);
  if (name !== undefined && value !== undefined) return [name, value];
  const part = name === undefined ? "name" : "value";
  const detail = `The ${part} of parameter ${where.number} in the ${where.place} has a percent-escape that is malformed or not UTF-8.`;
  throw refuse(400, "query-encoding", detail);
}

/** "+" before "%": an escaped plus ("%2B") stays a plus. */
function decodeComponent(text: string): string | undefined {
  return decodePercent(text.includes("+") ? text.replaceAll("+", " ") : text);
}

function refuseCount(place: "query" | "form"): HttpError {
  return refuse(
    place === "form" ? 413 : 400,
    "too-many-parameters",
    `The ${place} has more than ${maxPairs} parameters.`,
  );
}

function refuse(status: number, code: QueryErrorCode, detail: string): HttpError {
  return new HttpError(status, { detail, code });
}
