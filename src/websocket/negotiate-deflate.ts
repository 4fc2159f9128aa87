/** Agrees with a client on compressed messages (RFC 7692), so that no connection keeps a window and no message grows beyond its limit. */

import { malformed } from "./read-handshake.ts";
import type { DeflateOffer, WsDeflate, WsPackage } from "./load-ws.ts";

/** What was agreed on. `line` is the value of `sec-websocket-extensions`. */
export interface AgreedDeflate {
  readonly line: string;
  readonly extension: WsDeflate;
}

const name = "permessage-deflate";
/** Bytes from which on compressing is worth it. */
const threshold = 1_024;

/**
 * undefined when the client offers nothing that can be taken: then nothing is compressed (RFC 7692 §5.1).
 * @throws HttpError 400 for a field that is malformed
 */
export function negotiateDeflate(
  { PerMessageDeflate, extension }: WsPackage,
  field: string,
  maxMessageBytes: number,
): AgreedDeflate | undefined {
  const deflate = new PerMessageDeflate({
    isServer: true,
    maxPayload: maxMessageBytes,
    threshold,
    // Without them each connection would keep two windows, of some 300 kB together.
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    zlibDeflateOptions: { level: 4, memLevel: 7 },
  });
  const offers = parseOffers(extension, field);
  if (offers === undefined) return undefined;
  try {
    deflate.accept(offers);
  } catch {
    return undefined;
  }
  return { line: extension.format({ [name]: [deflate.params] }), extension: deflate };
}

function parseOffers(extension: WsPackage["extension"], field: string): readonly DeflateOffer[] | undefined {
  try {
    return extension.parse(field)[name]?.filter(hasKnownBits);
  } catch {
    throw malformed("sec-websocket-extensions");
  }
}

/** A number from 8 to 15 in its one form (RFC 7692 §7.1.2), or, for the client's window, no number at all. */
function hasKnownBits({ server_max_window_bits: own = [], client_max_window_bits: other = [] }: DeflateOffer): boolean {
  const isKnown = (value: unknown): boolean => typeof value === "string" && /^(?:[89]|1[0-5])$/.test(value);
  return own.every(isKnown) && other.every((value) => value === true || isKnown(value));
}
