/** Connects to what a user's URL names, and to nothing but public addresses: asked before the connection, and of it. */

import { Resolver } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import type { buildConnector } from "undici";
import type { AddressGuard, ResolveName } from "./address-guard.ts";
import type { UndiciPackage } from "./load-undici.ts";
import type { UpstreamError } from "./upstream-error.ts";

export interface GuardedConnectorParts {
  readonly guard: AddressGuard;
  /** Milliseconds for the name and the connection, each. */
  readonly timeout: number;
  readonly refuse: (cause: Error) => UpstreamError;
}

/** A name is resolved here, once for each connection, so that there is no second answer that another check could miss. */
export function createGuardedConnector(
  { buildConnector }: UndiciPackage,
  { guard, timeout, refuse }: GuardedConnectorParts,
): buildConnector.connector {
  const resolve = guard.resolve ?? resolveByDns;
  const find = async (name: string): Promise<readonly string[]> => {
    const addresses = await resolve(name, AbortSignal.timeout(timeout)).catch((cause: unknown) => {
      // The same answer as for a private address: otherwise it would tell which names there are in our network.
      throw refuse(new Error(`${name} cannot be resolved.`, { cause }));
    });
    const refused = addresses.find((address) => !guard.allowsAddress(address));
    if (refused === undefined && addresses.length > 0) return addresses;
    throw refuse(new Error(`${name} has ${refused === undefined ? "no address" : `the address ${refused}`}.`));
  };
  const lookup: LookupFunction = (name, { all }, give) => {
    void find(name).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        if (all === true) give(null, found);
        else give(null, found[0]?.address ?? "", found[0]?.family);
      },
      (error: Error) => give(error, ""),
    );
  };
  const connect = buildConnector({ timeout, allowH2: false, lookup, autoSelectFamily: true });
  return (options, callback) => {
    const { hostname } = options;
    if (isIP(hostname) !== 0 && !guard.allowsAddress(hostname)) {
      callback(refuse(new Error(`${hostname} is no public address.`)), null);
      return;
    }
    connect(options, (...result) => {
      const [error, socket] = result;
      const address = socket?.remoteAddress ?? "";
      if (error !== null || guard.allowsAddress(address)) return callback(...result);
      socket.destroy();
      callback(refuse(new Error(`${hostname} was connected to ${address}.`)), null);
    });
  };
}

/** Not `dns.lookup()`, which has but a few threads for the whole process, and a user's name server could hold them all. */
const resolveByDns: ResolveName = async (name, signal) => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = found.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    const [first] = found;
    if (addresses.length === 0 && first?.status === "rejected") throw first.reason;
    return addresses;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
};
