/** Conditions under which a client wants a change to be made (RFC 9110 §13.1): for handlers, which know what there is now. */

import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { findWeakly, hasStrongly, isEntityTag, parseEntityTags } from "./entity-tags.ts";
import { parseHttpDate } from "./http-date.ts";

/** What there is before the change; with neither tag nor date there is nothing yet. */
export interface CurrentState {
  /** With its quotes, as it was sent in `etag`. */
  readonly etag?: string | undefined;
  readonly lastModified?: Date | undefined;
  /** Answers 428 when the client gave no condition: nobody overwrites what they have not seen. Default false. */
  readonly required?: boolean;
  /** Lets `If-Match` have weak tags, which is what clients hold of compressed answers. Default false. */
  readonly weak?: boolean;
}

/**
 * Passes when the client's conditions hold, or when it gave none.
 * @throws HttpError 412 when one does not hold, 428 when one is required; ApusError APUS_BAD_OPTION for a tag without quotes.
 */
export function checkPrecondition(request: HttpRequest, current: CurrentState): void {
  const { etag, required = false } = current;
  if (etag !== undefined && !isEntityTag(etag)) {
    const message = `checkPrecondition() was given etag: ${JSON.stringify(etag)}; it must be in double quotes, such as '"v1"'.`;
    throw new ApusError("APUS_BAD_OPTION", message);
  }
  const ifMatch = request.headers.get("if-match");
  const unmodified = request.headers.get("if-unmodified-since");
  const ifNoneMatch = isSafe(request.method) ? undefined : request.headers.get("if-none-match");
  if (required && ifMatch === undefined && unmodified === undefined && ifNoneMatch === undefined) {
    throw new HttpError(428, { detail: "Send If-Match with the ETag of what is to be changed." });
  }
  // A date is only asked where there is no tag (RFC 9110 §13.2.2).
  const holds = ifMatch === undefined ? isUnmodified(unmodified, current) : isMatch(ifMatch, current);
  if (!holds) throw failed("What is to be changed is not what the condition names any more.");
  if (ifNoneMatch !== undefined && isTaken(ifNoneMatch, current)) throw failed("What was not to exist exists already.");
}

function isMatch(field: string, current: CurrentState): boolean {
  const tags = parseEntityTags(field);
  if (tags === "*") return exists(current);
  const { etag, weak = false } = current;
  if (etag === undefined) return false;
  return weak ? findWeakly(tags, etag) !== undefined : hasStrongly(tags, etag);
}

function isTaken(field: string, current: CurrentState): boolean {
  const tags = parseEntityTags(field);
  if (tags === "*") return exists(current);
  return current.etag !== undefined && findWeakly(tags, current.etag) !== undefined;
}

/** What is no date is no condition (RFC 9110 §13.1.4); a date of HTTP has no fractions of a second. */
function isUnmodified(field: string | undefined, { lastModified }: CurrentState): boolean {
  const date = field === undefined ? undefined : parseHttpDate(field);
  if (date === undefined || lastModified === undefined) return true;
  return Math.floor(lastModified.getTime() / 1_000) * 1_000 <= date;
}

function exists({ etag, lastModified }: CurrentState): boolean {
  return etag !== undefined || lastModified !== undefined;
}

/** Their `If-None-Match` asks for a 304, which `conditional()` answers. */
function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "QUERY";
}

function failed(detail: string): HttpError {
  return new HttpError(412, { detail });
}
