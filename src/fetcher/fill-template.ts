/** The URL of a call: a template with its parameters, below the base, and the query. It never leaves the base's origin. */

import { ApusError } from "../errors/apus-error.ts";
import type { PathValue, QueryInput } from "./upstream-calls.ts";

export interface TemplateInput {
  readonly path?: Readonly<Record<string, PathValue>> | undefined;
  readonly query?: QueryInput | undefined;
  /** The error for a value that cannot be sent. */
  readonly refuse: (reason: string) => Error;
}

/**
 * Fills a template in and puts it below the base. `{name}` is one segment, or a part of one; `{name:path}` may be several.
 * @throws ApusError APUS_BAD_TEMPLATE or APUS_URL_PARAMETER; what `refuse` gives, for values that would leave their place
 */
export function buildTemplateUrl(base: URL, template: string, { path, query, refuse }: TemplateInput): URL {
  checkTemplate(template);
  const [before = "", ...searched] = fillTemplate(template, path ?? {}, refuse).split("?");
  if (before.split("/").some(isDotSegment)) throw refuse(`The path of ${template} leaves its place.`);
  // Put together as text, because "//host/x" would be another host when it is resolved against the base.
  const url = new URL(`${base.origin}${base.pathname.replace(/\/$/, "")}${before}`);
  const search = searched.join("?");
  const pairs = query === undefined ? "" : encodePairs(query).toString();
  url.search = search !== "" && pairs !== "" ? `${search}&${pairs}` : search + pairs;
  return url;
}

/** What a URL parser would cut off, drop, or read as "/". */
function checkTemplate(template: string): void {
  const shown = JSON.stringify(template);
  if (!template.startsWith("/")) {
    throw new ApusError("APUS_BAD_TEMPLATE", `${shown} is no path of an upstream: it begins with "/".`);
  }
  // oxlint-disable-next-line no-control-regex -- exactly these are dropped by URL parsers
  if (!/[\u0000-\u001f#\\]/.test(template)) return;
  const remedy = "give it as a parameter, which is encoded";
  throw new ApusError("APUS_BAD_TEMPLATE", `${shown} has a character that cannot stand in a path: ${remedy}.`);
}

/** Values of a query, or of an urlencoded form. */
export function encodePairs(input: QueryInput): URLSearchParams {
  if (input instanceof URLSearchParams) return input;
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const values = (Array.isArray(value) ? value : [value]) as readonly (PathValue | Date | null | undefined)[];
    for (const one of values) if (one !== undefined) pairs.append(name, encodeScalar(one));
  }
  return pairs;
}

function encodeScalar(value: PathValue | Date | null): string {
  if (value === null) return "";
  return value instanceof Date ? value.toISOString() : String(value);
}

function fillTemplate(
  template: string,
  values: Readonly<Record<string, PathValue>>,
  refuse: TemplateInput["refuse"],
): string {
  let filled = "";
  let from = 0;
  for (let open = template.indexOf("{"); open !== -1; open = template.indexOf("{", from)) {
    const close = template.indexOf("}", open);
    if (close === -1) throw new ApusError("APUS_BAD_TEMPLATE", `${JSON.stringify(template)} has a "{" without "}".`);
    const [name = "", kind] = template.slice(open + 1, close).split(":");
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || value === null) {
      throw new ApusError("APUS_URL_PARAMETER", `The parameter "${name}" of ${JSON.stringify(template)} is missing.`);
    }
    const parts = kind === "path" ? String(value).split("/") : [String(value)];
    if (!parts.every((part) => part !== "" && part.isWellFormed())) {
      throw refuse(`The parameter "${name}" of ${template} is empty, or no text that can be sent.`);
    }
    filled += template.slice(from, open) + parts.map(encodeURIComponent).join("/");
    from = close + 1;
  }
  return filled + template.slice(from);
}

/** What clients and servers take out of a path (RFC 3986 §5.2.4), also when its dots are encoded. */
function isDotSegment(segment: string): boolean {
  if (segment.length > 6) return false;
  const decoded = segment.replaceAll(/%2e/gi, ".");
  return decoded === "." || decoded === "..";
}
