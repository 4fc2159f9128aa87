/** Entity tags (RFC 9110 §8.8.3) and the lists of them that conditional requests carry. */

import { isSpace } from "../http/trim-space.ts";

/** A list of tags as it was sent, `W/` included, or "*". */
export type EntityTags = "*" | readonly string[];

/** Whether text is one entity tag, quotes included. */
export function isEntityTag(text: string): boolean {
  const end = skipTag(text, 0);
  return end !== -1 && end === text.length;
}

/** What is no list of tags names none: a condition that cannot be read is never met. */
export function parseEntityTags(field: string): EntityTags {
  const tags: string[] = [];
  let at = skipSeparators(field, 0);
  if (field.charCodeAt(at) === 0x2a) return skipSeparators(field, at + 1) === field.length ? "*" : [];
  while (at < field.length) {
    const end = skipTag(field, at);
    if (end === -1) return [];
    tags.push(field.slice(at, end));
    at = skipSeparators(field, end);
  }
  return tags;
}

/** The tag of the list that is `tag`, whether weak or strong (RFC 9110 §8.8.3.2). */
export function findWeakly(tags: readonly string[], tag: string): string | undefined {
  const opaque = opaqueOf(tag);
  return tags.find((candidate) => opaqueOf(candidate) === opaque);
}

/** Whether the list has exactly this tag, both of them strong. */
export function hasStrongly(tags: readonly string[], tag: string): boolean {
  return !tag.startsWith("W/") && tags.includes(tag);
}

function opaqueOf(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}

/** The offset behind a tag, or -1. Commas may stand inside: a list is not to be split at them. */
function skipTag(text: string, start: number): number {
  let at = text.startsWith("W/", start) ? start + 2 : start;
  if (text.charCodeAt(at) !== 0x22) return -1;
  for (at += 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x21 || code === 0x7f || code > 0xff) return -1;
  }
  return -1;
}

function skipSeparators(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === 0x2c || isSpace(text.charCodeAt(at))) at += 1;
  return at;
}
