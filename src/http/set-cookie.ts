/** The writer of the `set-cookie` field (RFC 6265bis §4.1): safe unless told otherwise, and nothing can be smuggled in. */

import { ApusError } from "../errors/apus-error.ts";
import { isToken } from "./header-rules.ts";

export interface CookieOptions {
  /** Where the cookie is sent: the path and everything below it. Default "/". */
  readonly path?: string | undefined;
  /** Sends the cookie to this host and all below it; without it only to the host that set it. ASCII (IDNs in Punycode). */
  readonly domain?: string | undefined;
  /** Lifetime in whole seconds; 0 deletes the cookie. Wins over `expires`. */
  readonly maxAge?: number | undefined;
  readonly expires?: Date | undefined;
  /** Hidden from scripts. Default true. */
  readonly httpOnly?: boolean | undefined;
  /** Only over TLS (browsers also take localhost). Default true. */
  readonly secure?: boolean | undefined;
  /** Default "lax"; "none" needs `secure`. */
  readonly sameSite?: "strict" | "lax" | "none" | undefined;
  /** One jar per top-level site (CHIPS); needs `secure`. Default false. */
  readonly partitioned?: boolean | undefined;
  readonly priority?: "low" | "medium" | "high" | undefined;
}

/** Bytes that a whole cookie line may have: what every browser keeps (RFC 6265 §6.1). */
export const maxCookieSize = 4096;

/** Browsers ignore a longer attribute (RFC 6265bis §5.6), which would silently widen where the cookie goes. */
const maxAttributeLength = 1024;

const sameSiteNames: ReadonlyMap<unknown, string> = new Map([
  ["strict", "Strict"],
  ["lax", "Lax"],
  ["none", "None"],
]);

const priorityNames: ReadonlyMap<unknown, string> = new Map([
  ["low", "Low"],
  ["medium", "Medium"],
  ["high", "High"],
]);

/**
 * One `set-cookie` value. The cookie's value is percent-encoded as UTF-8, which `parseCookies` undoes.
 * @throws ApusError APUS_INVALID_HEADER for a part that cannot be written, for options that browsers would refuse
 * together (`__Host-`, `__Secure-` and the other prefixes included), and for more than 4096 bytes.
 */
export function encodeSetCookie(name: string, value: string, options: CookieOptions = {}): string {
  if (!isToken(name)) throw invalid(name, 'has a name that is not a token: use letters, digits, "-" and "_"');
  checkTogether(name, options);
  const line = `${name}=${encodeValue(name, value)}${encodeScope(name, options)}${encodeFlags(name, options)}`;
  // All of it is ASCII by now, so that characters are bytes.
  if (line.length > maxCookieSize) {
    throw invalid(
      name,
      `has ${line.length} bytes and browsers keep ${maxCookieSize}: keep the data on the server and send its id`,
    );
  }
  return line;
}

function encodeValue(name: string, value: string): string {
  if (typeof value !== "string") throw invalid(name, "has a value that is not a string: convert it first");
  if (!value.isWellFormed()) throw invalid(name, "has half of a surrogate pair in its value: use toWellFormed()");
  return encodeURIComponent(value);
}

function encodeScope(name: string, options: CookieOptions): string {
  const { path = "/", domain, maxAge, expires } = options;
  if (!isPath(path)) {
    throw invalid(name, `needs a path that begins with "/" and has no space, ";" or non-ASCII: percent-encode it`);
  }
  let text = `; Path=${path}`;
  if (domain !== undefined) {
    if (!isDomain(domain)) throw invalid(name, 'has a domain that is no host name: use letters, digits, "-" and "."');
    text += `; Domain=${domain}`;
  }
  if (maxAge !== undefined) {
    const isSeconds = Number.isSafeInteger(maxAge) && maxAge >= 0;
    if (!isSeconds) throw invalid(name, "needs a maxAge in whole seconds, 0 or more: 0 deletes the cookie");
    // "+ 0" makes -0 a 0.
    text += `; Max-Age=${maxAge + 0}`;
  }
  if (expires !== undefined) {
    if (!isCookieDate(expires)) throw invalid(name, "needs an expires that is a valid Date of the years 1601 to 9999");
    text += `; Expires=${expires.toUTCString()}`;
  }
  return text;
}

function encodeFlags(name: string, options: CookieOptions): string {
  const { httpOnly = true, secure = true, sameSite = "lax", partitioned = false, priority } = options;
  const sameSiteName = sameSiteNames.get(sameSite);
  if (sameSiteName === undefined) throw invalid(name, 'needs a sameSite of "strict", "lax" or "none"');
  let text = `${secure ? "; Secure" : ""}${httpOnly ? "; HttpOnly" : ""}; SameSite=${sameSiteName}`;
  if (partitioned) text += "; Partitioned";
  if (priority !== undefined) {
    const priorityName = priorityNames.get(priority);
    if (priorityName === undefined) throw invalid(name, 'needs a priority of "low", "medium" or "high"');
    text += `; Priority=${priorityName}`;
  }
  return text;
}

/** What browsers refuse in combination (RFC 6265bis §5.7; prefixes are compared without case). */
function checkTogether(name: string, options: CookieOptions): void {
  const { secure = true, httpOnly = true, path = "/", domain, sameSite, partitioned = false } = options;
  const lower = name.toLowerCase();
  const isHost = lower.startsWith("__host-");
  const isHttp = lower.startsWith("__http-") || lower.startsWith("__host-http-");
  if (!secure) {
    const remedy = "leave secure as it is, true";
    if (sameSite === "none") throw invalid(name, `has sameSite "none" without secure: ${remedy}`);
    if (partitioned) throw invalid(name, `is partitioned without secure: ${remedy}`);
    if (isHost || isHttp || lower.startsWith("__secure-"))
      throw invalid(name, `has a prefix that needs secure: ${remedy}`);
  }
  if (isHttp && !httpOnly) throw invalid(name, "has a prefix that needs httpOnly: leave it as it is, true");
  if (isHost && path !== "/") throw invalid(name, 'has the prefix __Host-, which needs the path "/"');
  if (isHost && domain !== undefined)
    throw invalid(name, "has the prefix __Host-, which allows no domain: leave it out");
}

/** Begins with "/", then VCHAR without ";". A request's path has no raw space, so that one could never match. */
function isPath(path: string): boolean {
  if (typeof path !== "string" || !path.startsWith("/") || path.length > maxAttributeLength) return false;
  for (let at = 0; at < path.length; at += 1) {
    const code = path.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || code === 0x3b) return false;
  }
  return true;
}

/** Labels of letters, digits and inner hyphens (RFC 1123 §2.1); browsers ignore one leading dot. */
function isDomain(domain: string): boolean {
  if (typeof domain !== "string" || domain.length > 254) return false;
  const host = domain.startsWith(".") ? domain.slice(1) : domain;
  return host
    .split(".")
    .every((label) => /^[0-9A-Za-z-]{1,63}$/.test(label) && !label.startsWith("-") && !label.endsWith("-"));
}

function isCookieDate(date: Date): boolean {
  if (!(date instanceof Date)) return false;
  const year = date.getUTCFullYear();
  return year >= 1601 && year <= 9999;
}

function invalid(name: string, problem: string): ApusError {
  const shown = JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
  return new ApusError("APUS_INVALID_HEADER", `The cookie ${shown} ${problem}`);
}
