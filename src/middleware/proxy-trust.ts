/** Which of the machines that passed a request on are believed. */

import { BlockList, isIPv4 } from "node:net";
import { refuseOption } from "../errors/factory-options.ts";
import { parseAddress } from "./network-address.ts";

/** `hop` 0 is the peer, 1 what the peer names, and so on; `address` is undefined where none is known. */
export type TrustsHop = (address: string | undefined, hop: number) => boolean;

const wanted = 'the number of proxies, or a list of their addresses ("127.0.0.1", "10.0.0.0/8", "::1")';

/** @throws ApusError APUS_BAD_OPTION */
export function compileTrust(place: string, trust: number | readonly string[]): TrustsHop {
  if (typeof trust === "number" && Number.isSafeInteger(trust) && trust >= 0) return (_address, hop) => hop < trust;
  if (!Array.isArray(trust)) throw refuseOption(place, trust, wanted);
  const known = new BlockList();
  for (const entry of trust) addEntry(known, place, entry);
  return (address) => address !== undefined && known.check(address, familyOf(address));
}

function addEntry(known: BlockList, place: string, entry: unknown): void {
  if (typeof entry !== "string") throw refuseOption(place, entry, wanted);
  const slash = entry.indexOf("/");
  const written = slash === -1 ? entry : entry.slice(0, slash);
  const address = parseAddress(written);
  if (address === undefined) throw refuseOption(place, entry, wanted);
  const family = familyOf(address);
  if (slash === -1) {
    known.addAddress(address, family);
    return;
  }
  const bits = entry.slice(slash + 1);
  const isMapped = family === "ipv4" && written.includes(":");
  if (isMapped) throw refuseOption(place, entry, `the IPv4 network itself, such as "${address}/24"`);
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === "ipv4" ? 32 : 128))
    throw refuseOption(place, entry, wanted);
  if (Number(bits) === 0) {
    throw refuseOption(
      place,
      entry,
      "narrower, because it trusts every client, too: give the number of proxies instead",
    );
  }
  known.addSubnet(address, Number(bits), family);
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}
