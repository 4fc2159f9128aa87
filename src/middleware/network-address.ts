/** IP addresses in one spelling each, so that they can be compared as text. */

import { isIPv4, isIPv6 } from "node:net";

/** An IPv4 address whose bytes an IPv6 address carries (RFC 4291 §2.5.5.2), in its shortest form. */
const mappedForm = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * The shortest form in lower case (RFC 5952); an IPv4-mapped address as IPv4. `undefined` for names, zones, leading
 * zeros and all else that is no address.
 */
export function parseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const shortest = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) ?? text;
  const [, high, low] = mappedForm.exec(shortest) ?? [];
  if (high === undefined || low === undefined) return shortest;
  const bytes = [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
  return bytes.join(".");
}

/** Reads `address`, `address:port` and `[address]:port`; `undefined` where no address stands, as in "unknown" and "_hidden". */
export function parseNode(text: string): string | undefined {
  if (text.startsWith("[")) {
    const close = text.indexOf("]");
    const address = text.slice(1, close);
    return close !== -1 && isIPv6(address) && isPortPart(text.slice(close + 1)) ? parseAddress(address) : undefined;
  }
  const colon = text.indexOf(":");
  if (colon === -1 || text.includes(":", colon + 1)) return parseAddress(text);
  const address = text.slice(0, colon);
  return isIPv4(address) && isPortPart(text.slice(colon)) ? address : undefined;
}

/** Ports may be hidden, too (RFC 7239 §6). */
function isPortPart(text: string): boolean {
  return text === "" || /^:(?:\d{1,5}|_[\w.-]{1,64})$/.test(text);
}
