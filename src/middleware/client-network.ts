/** Names the network that a client comes from: an IPv4 address, or the /64 of an IPv6 address, which is one customer's. */

import { isIP } from "node:net";

/** However an address is written, the same network has the same name; what is no address is its own name. */
export function nameNetwork(address: string): string {
  if (!address.includes(":")) return address;
  const zone = address.indexOf("%");
  const bare = zone === -1 ? address : address.slice(0, zone);
  if (isIP(bare) !== 6) return address;
  const groups = parseGroups(bare);
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

/** The eight numbers of an address that is known to be valid. */
function parseGroups(address: string): readonly number[] {
  const [before = "", after] = address.split("::");
  const head = parsePart(before);
  if (after === undefined) return head;
  const tail = parsePart(after);
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function parsePart(part: string): readonly number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
