/** The `host` field as data: a name or an address that can be compared, and a port (RFC 9110 §7.2). */

import { isIPv6 } from "node:net";

export interface Authority {
  /** In lower case, without a final dot; an IPv6 address in brackets, in its shortest form. */
  readonly host: string;
  /** Digits; empty when there is none. */
  readonly port: string;
}

/** A host name may have 253 characters and a final dot (RFC 1035 §2.3.4); the port has up to five. */
const longest = 260;

/** Reads `host[:port]`; `undefined` for user information, escapes, empty labels, and all that no host has. */
export function parseAuthority(text: string): Authority | undefined {
  if (text.length > longest) return undefined;
  const close = text.startsWith("[") ? text.indexOf("]") : -1;
  const colon = text.indexOf(":", close + 1);
  const name = colon === -1 ? text : text.slice(0, colon);
  const port = colon === -1 ? "" : text.slice(colon + 1);
  if (!/^\d{0,5}$/.test(port) || Number(port) > 65_535) return undefined;
  const host = close === -1 ? parseName(name) : parseBracketed(name, close);
  return host === undefined ? undefined : { host, port };
}

function parseName(text: string): string | undefined {
  const name = (text.endsWith(".") ? text.slice(0, -1) : text).toLowerCase();
  if (!/^[a-z0-9._-]+$/.test(name)) return undefined;
  return name.startsWith(".") || name.endsWith(".") || name.includes("..") ? undefined : name;
}

function parseBracketed(text: string, close: number): string | undefined {
  const address = text.slice(1, close);
  if (close !== text.length - 1 || !isIPv6(address) || address.includes("%")) return undefined;
  return URL.parse(`http://${text}`)?.hostname;
}
