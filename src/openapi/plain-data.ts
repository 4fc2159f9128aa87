/** Data that JSON can carry: copied from whatever the developer wrote, and merged. */

import { ApusError } from "../errors/apus-error.ts";

export type PlainRecord = Readonly<Record<string, unknown>>;

/**
 * What JSON keeps of a value; functions, undefined members and "__proto__" are gone, bigints are text.
 * `what` names the value in messages.
 * @throws ApusError APUS_BAD_OPTION when the value contains itself.
 */
export function copyPlain(value: unknown, what: string): unknown {
  return copy(value, { what, ancestors: new Set() });
}

interface CopyPlace {
  readonly what: string;
  readonly ancestors: Set<object>;
}

function copy(value: unknown, place: CopyPlace): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object") return undefined;
  if (place.ancestors.has(value)) {
    throw new ApusError(
      "APUS_BAD_OPTION",
      `${place.what} contains itself, which JSON cannot carry: leave the inner one out.`,
    );
  }
  place.ancestors.add(value);
  const copied = copyObject(value, place);
  place.ancestors.delete(value);
  return copied;
}

function copyObject(value: object, place: CopyPlace): unknown {
  if ("toJSON" in value && typeof value.toJSON === "function") return copy(value.toJSON(), place);
  if (Array.isArray(value)) return value.map((item) => copy(item, place) ?? null);
  const entries = Object.entries(value).map(([key, entry]) => [key, copy(entry, place)] as const);
  return Object.fromEntries(entries.filter(([key, entry]) => key !== "__proto__" && entry !== undefined));
}

/** `extra` over `base`: objects are merged at every depth, arrays appended, all else is replaced. */
export function mergePlain(base: unknown, extra: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(extra))
    return [...(base as readonly unknown[]), ...(extra as readonly unknown[])];
  if (!isPlainRecord(base) || !isPlainRecord(extra)) return extra;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(extra)) {
    if (key === "__proto__") continue;
    merged.set(key, merged.has(key) ? mergePlain(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}

function isPlainRecord(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
