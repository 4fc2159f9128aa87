/** What tells one version of a file from another: entity tag and date, and what a client's conditions make of them. */

import type { HttpRequest } from "../http/http-request.ts";
import { findWeakly, hasStrongly, isEntityTag, parseEntityTags } from "../middleware/entity-tags.ts";
import { parseHttpDate } from "../middleware/http-date.ts";
import type { OpenFile } from "./open-file.ts";

export interface FileVersion {
  /** As `etag` says it, quotes included; undefined for none. */
  readonly etag: string | undefined;
  /** Milliseconds, always whole seconds; undefined when the file's own date says nothing. */
  readonly lastModified: number | undefined;
  /** Whether the file is old enough for its date to be the only one of its version (RFC 9110 §8.8.2.2). */
  readonly isSettled: boolean;
}

/** Where a tag comes from: the developer, or the file in one of its codings. */
export interface TagSource {
  /** A tag of the developer's own, or false for none. */
  readonly etag?: string | false | undefined;
  /** Keeps the tags of a file's codings apart. */
  readonly coding?: string | undefined;
}

/** npm, Nix and other tools that pack reproducibly date every file to the same day before this one. */
const firstRealDate = Date.UTC(1990);
/** Clocks of file systems tick at least so often. */
const settling = 2_000;

/** The version that is open. A file of this moment has a weak tag: it may change again before its clock ticks. */
export function readVersion(file: OpenFile, { etag, coding }: TagSource = {}): FileVersion {
  const now = Date.now();
  const isDated = file.modified >= firstRealDate;
  const date = isDated ? file.modified : file.changed;
  const isSettled = date <= now - settling;
  // A date in the future would be one that no later version has to exceed (RFC 9110 §8.8.2.1).
  const lastModified = isDated ? Math.floor(Math.min(date, now) / 1_000) * 1_000 : undefined;
  const own = `${isSettled ? "" : "W/"}${buildTag(file, isDated, coding)}`;
  return { etag: etag === false ? undefined : (etag ?? own), lastModified, isSettled };
}

/** Without the file's number on its disk: the same file on another machine has the same tag. */
function buildTag(file: OpenFile, isDated: boolean, coding: string | undefined): string {
  const size = file.size.toString(36);
  const microseconds = Math.round((isDated ? file.modified : file.changed) * 1_000).toString(36);
  return `"${size}-${microseconds}${isDated ? "" : "-c"}${coding === undefined ? "" : `-${coding}`}"`;
}

/**
 * What a GET or HEAD has already, when it is this version: with the tag as the client holds it, because a cache only
 * updates what has the tag of the 304.
 */
export function findHeld(
  { headers }: HttpRequest,
  { etag, lastModified }: FileVersion,
): { readonly etag: string | undefined } | undefined {
  const field = headers.get("if-none-match");
  if (field === undefined) {
    const since = parseHttpDate(headers.get("if-modified-since") ?? "");
    return since !== undefined && lastModified !== undefined && lastModified <= since ? { etag } : undefined;
  }
  const tags = parseEntityTags(field);
  if (tags === "*") return { etag };
  const held = etag === undefined ? undefined : findWeakly(tags, etag);
  return held === undefined ? undefined : { etag: held };
}

/** Whether parts of this version fit the parts that the client has (RFC 9110 §13.1.5); without `if-range` they do. */
export function allowsParts({ headers }: HttpRequest, { etag, lastModified, isSettled }: FileVersion): boolean {
  const field = headers.get("if-range");
  if (field === undefined) return true;
  if (isEntityTag(field)) return etag !== undefined && hasStrongly([field], etag);
  return isSettled && lastModified !== undefined && parseHttpDate(field) === lastModified;
}
