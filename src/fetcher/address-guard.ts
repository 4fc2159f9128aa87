/** Which addresses a URL of a user may lead to: those of the public internet, and no machine of ours. */

import { BlockList, isIP } from "node:net";
import { refuseOption } from "../errors/factory-options.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { parseAddress } from "../middleware/network-address.ts";

/** Gives the addresses of a name. */
export type ResolveName = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

export interface AddressGuardOptions {
  /** Ports that may be called; 80 and 443 by default. */
  readonly ports?: readonly number[];
  /** Addresses and ranges (`10.1.0.0/16`) that may be called although they are not public. */
  readonly allow?: readonly string[];
  /** Addresses and ranges that may not be called although they are public. */
  readonly deny?: readonly string[];
  /** Asks DNS by default, and neither the hosts file nor local names. */
  readonly resolve?: ResolveName;
}

/** Whether an address, a port or a URL may be called. */
export interface AddressGuard {
  readonly resolve: ResolveName | undefined;
  allowsAddress(address: string): boolean;
  /** Scheme, port, no credentials; and the host, when it is an address. */
  allowsUrl(url: URL): boolean;
}

/**
 * What is not public of IPv4 (IANA's special-purpose registry, RFC 6890), multicast, and the address at which
 * Azure's machines ask for their own data, which lies in a public range.
 */
const privateRanges4: readonly string[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16/32",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/** Of IPv6 only this is handed out for the public internet (RFC 4291 §2.4, IANA). */
const publicRange6 = "2000::/3";

/** What is not public in it: protocols (Teredo among them), documentation, 6to4, AS112 and SRv6's own. */
const privateRanges6: readonly string[] = ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"];

/** Carries an IPv4 address in its last 32 bits (RFC 6052 §2.1), which is then the one that is called. */
const translatedForm = /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/;

const privateAddresses: BlockList = buildList(privateRanges4.concat(privateRanges6));
const publicAddresses6: BlockList = buildList([publicRange6]);

/** @throws ApusError APUS_BAD_OPTION */
export function parseAddressGuard(options: AddressGuardOptions): AddressGuard {
  const check = new CheckedOptions("httpClient: guard", options, ["ports", "allow", "deny", "resolve"]);
  check.kind("resolve", "function");
  const { ports = [80, 443], allow = [], deny = [], resolve } = options;
  const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
  if (!Array.isArray(ports) || !ports.every(isPort)) check.refuse("ports", "a list of port numbers");
  const allowed = buildList(allow);
  const denied = buildList(deny);
  const allowsAddress = (text: string): boolean => {
    const address = parseAddress(text);
    if (address === undefined) return false;
    const called = readTranslated(address) ?? address;
    if (holds(denied, called) || holds(denied, address)) return false;
    return holds(allowed, called) || isPublic(called);
  };
  return {
    resolve,
    allowsAddress,
    allowsUrl(url) {
      const isHttp = url.protocol === "http:" || url.protocol === "https:";
      if (!isHttp || url.username !== "" || url.password !== "") return false;
      const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
      const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
      return ports.includes(port) && (isIP(host) === 0 || allowsAddress(host));
    },
  };
}

function isPublic(address: string): boolean {
  if (holds(privateAddresses, address)) return false;
  return isIP(address) === 4 || holds(publicAddresses6, address);
}

function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}

function readTranslated(address: string): string | undefined {
  const found = translatedForm.exec(address);
  if (found === null) return undefined;
  const [high, low] = [found[1] ?? "0", found[2] ?? "0"].map((group) => Number.parseInt(group, 16)) as [number, number];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

function buildList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [text = "", bits] = range.split("/");
    const address = parseAddress(text);
    const version = isIP(address ?? "");
    const longest = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (address === undefined || !(prefix <= longest)) {
      throw refuseOption("httpClient({ guard })", range, 'an address or a range, such as "10.0.0.0/8"');
    }
    list.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
