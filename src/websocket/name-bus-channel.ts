/** The names that servers know channels by: as they are where that is safe, otherwise hashed. */

import { createHash } from "node:crypto";
import { refuseOption } from "../errors/factory-options.ts";

/** PostgreSQL cuts identifiers after 63 bytes. */
const longest = 63;
/** Nothing in them has to be quoted, neither in SQL nor for people; one byte each. */
const plain = /^[\w.:/-]+$/;

/** @throws ApusError APUS_BAD_OPTION for a prefix that is too long, or has characters other than letters, digits and `_.:/-` */
export function checkBusPrefix(place: string, prefix: unknown): void {
  if (prefix === "" || (typeof prefix === "string" && prefix.length <= 16 && plain.test(prefix))) return;
  throw refuseOption(place, prefix, "up to 16 letters, digits and _.:/-");
}

/** Different names give different ones: `#` is in no name that stays as it is, and half a character counts as itself. */
export function nameBusChannel(prefix: string, name: string): string {
  const isPlain = prefix.length + name.length <= longest && plain.test(name);
  return isPlain
    ? prefix + name
    : `${prefix}#${createHash("sha256").update(Buffer.from(name, "utf16le")).digest("base64url")}`;
}
