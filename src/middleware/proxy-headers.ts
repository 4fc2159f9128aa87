/** Behind proxies: takes address, scheme and host of the client from what trusted proxies say, and from nobody else. */

import { HttpError } from "../errors/http-error.ts";
import type { RequestHeaders } from "../http/http-request.ts";
import { trimSpace } from "../http/trim-space.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { withForwardedFacts, type ForwardedFacts } from "./forwarded-request.ts";
import type { Middleware } from "./middleware.ts";
import { parseAddress, parseNode } from "./network-address.ts";
import { parseAuthority } from "./parse-authority.ts";
import { parseForwarded } from "./parse-forwarded.ts";
import { compileTrust, type TrustsHop } from "./proxy-trust.ts";

export interface ProxyHeadersOptions {
  /**
   * The proxies: how many stand in front of the app, or their addresses and networks ("10.0.0.0/8"). With a number,
   * nobody but the proxy may be able to reach the app.
   */
  readonly trust: number | readonly string[];
  /**
   * What the proxies write: `x-forwarded-for` and `-proto` (the default), or `forwarded` (RFC 7239). The other one is
   * never read: a proxy passes on what it does not know, as the client wrote it.
   */
  readonly headers?: "x-forwarded" | "forwarded" | undefined;
  /** Whether `x-forwarded-host` is read: only when the proxy sets or removes it. Default false. `forwarded` always says the host. */
  readonly host?: boolean | undefined;
}

/** What a field family says, the nearest proxy's word first. */
interface ForwardedChain {
  /** How many addresses were passed on. */
  readonly length: number;
  /** The address that the proxy at that hop passed on; undefined when it named none. Read one by one: anybody can send many. */
  readonly addressAt: (hop: number) => string | undefined;
  /** What the proxy at that hop, or the outermost one that says anything, was asked for. */
  readonly schemeAt: (hop: number) => string | undefined;
  readonly hostAt: (hop: number) => string | undefined;
}

type ReadChain = (headers: RequestHeaders) => ForwardedChain;

/** The schemes that a proxy may name, and what they are here. */
const schemes: ReadonlyMap<string, string> = new Map([
  ["http", "http"],
  ["https", "https"],
  ["ws", "http"],
  ["wss", "https"],
]);

/**
 * Gives everything further in the client's `remoteAddress`, `scheme` and `host`. Counts from the nearest proxy outwards
 * and stops at the first one that is not trusted; what a client wrote itself changes nothing.
 * @throws ApusError APUS_BAD_OPTION
 */
export function proxyHeaders(options: ProxyHeadersOptions): Middleware {
  const check = new CheckedOptions("proxyHeaders", options, ["trust", "headers", "host"]);
  check.oneOf("headers", ["x-forwarded", "forwarded"]);
  check.kind("host", "boolean");
  const isTrusted = compileTrust("proxyHeaders({ trust })", options.trust);
  const readsHost = options.host ?? false;
  const readChain: ReadChain =
    options.headers === "forwarded" ? readForwarded : (headers) => readXForwarded(headers, readsHost);
  return (request, next) => {
    const peer = readPeer(request.remoteAddress);
    if (!isTrusted(peer, 0)) return next();
    const chain = readChain(request.headers);
    const { address, hops } = findClient(chain, peer, isTrusted);
    const facts: ForwardedFacts = {
      remoteAddress: hops === 0 ? request.remoteAddress : (address ?? ""),
      scheme: schemes.get(chain.schemeAt(hops)?.toLowerCase() ?? "") ?? request.scheme,
      host: checkHost(chain.hostAt(hops)),
    };
    return next(withForwardedFacts(request, facts));
  };
}

/** A link-local peer has a zone, which is this machine's own business. */
function readPeer(remoteAddress: string): string | undefined {
  const zone = remoteAddress.indexOf("%");
  return parseAddress(zone === -1 ? remoteAddress : remoteAddress.slice(0, zone));
}

/** Goes outwards as long as the one who speaks is trusted. `hops` is how many were passed. */
function findClient(
  { length, addressAt }: ForwardedChain,
  peer: string | undefined,
  isTrusted: TrustsHop,
): { readonly address: string | undefined; readonly hops: number } {
  let address = peer;
  let hops = 0;
  while (hops < length && isTrusted(address, hops)) {
    address = addressAt(hops);
    hops += 1;
  }
  return { address, hops };
}

function readXForwarded(headers: RequestHeaders, readsHost: boolean): ForwardedChain {
  const protos = splitFromRight(headers.get("x-forwarded-proto"));
  const hosts = readsHost ? splitFromRight(headers.get("x-forwarded-host")) : [];
  const nodes = splitFromRight(headers.get("x-forwarded-for"));
  return {
    length: nodes.length,
    addressAt: (hop) => parseNode(nodes[hop] ?? ""),
    schemeAt: (hop) => pick(protos, hop),
    hostAt: (hop) => pick(hosts, hop),
  };
}

/** Proxies that replace the field leave fewer members than hops: then the outermost member is still theirs. */
function pick(members: readonly string[], hop: number): string | undefined {
  return members[Math.min(Math.max(hop, 1), members.length) - 1];
}

function splitFromRight(field: string | undefined): readonly string[] {
  if (field === undefined) return [];
  return field
    .split(",")
    .map(trimSpace)
    .filter((member) => member !== "")
    .toReversed();
}

/** One element holds all that one proxy says. Malformed, the field could hide where the client's part of it ends. */
function readForwarded(headers: RequestHeaders): ForwardedChain {
  const elements = parseForwarded(headers.get("forwarded") ?? "")?.toReversed();
  if (elements === undefined) throw new HttpError(400, "The Forwarded field is malformed.");
  return {
    length: elements.length,
    addressAt: (hop) => parseNode(elements[hop]?.get("for") ?? ""),
    schemeAt: (hop) => elements[Math.max(hop, 1) - 1]?.get("proto"),
    hostAt: (hop) => elements[Math.max(hop, 1) - 1]?.get("host"),
  };
}

function checkHost(host: string | undefined): string | undefined {
  if (host === undefined || parseAuthority(host) !== undefined) return host;
  throw new HttpError(400, "The forwarded host is not a host.");
}
