/** The package that speaks the protocol (RFC 6455), loaded when an app has a WebSocket: what is used of it, and nothing else. */

import type { Duplex } from "node:stream";
import { ApusError } from "../errors/apus-error.ts";

/** What may be negotiated in the handshake, by name. */
export type WsExtensions = Readonly<Record<string, unknown>>;

export interface WsLimits {
  readonly maxPayload: number;
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly allowSynchronousEvents: boolean;
  readonly skipUTF8Validation: boolean;
}

export interface WsSettings {
  readonly autoPong: boolean;
  readonly maxPendingAutoPongs: number;
  readonly closeTimeout: number;
}

/** One end of a connection. `_protocol` and `_extensions` are what the handshake came to. */
export interface WsConnection {
  _protocol: string;
  _extensions: WsExtensions;
  readonly readyState: number;
  readonly bufferedAmount: number;
  setSocket(socket: Duplex, head: Buffer, limits: WsLimits): void;
  send(data: string | Uint8Array, settings: { readonly binary: boolean }, sent: (error?: Error | null) => void): void;
  close(code?: number, reason?: string): void;
  ping(): void;
  pause(): void;
  resume(): void;
  terminate(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "close", listener: (code: number, reason: Buffer) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "ping" | "pong", listener: () => void): this;
}

/** The parameters of one offer, each as often as it was given; true for one without a value. */
export type DeflateOffer = Readonly<Record<string, readonly (string | true)[] | undefined>>;

export interface WsDeflate {
  readonly params: WsExtensions;
  decompress(data: Buffer, isLast: boolean, done: (error: Error | null, data: Buffer) => void): void;
  /** @throws Error when none of the offers can be taken */
  accept(offers: readonly DeflateOffer[]): unknown;
}

export interface WsPackage {
  readonly WebSocket: {
    new (address: null, protocols: undefined, settings: WsSettings): WsConnection;
    readonly prototype: object;
  };
  readonly PerMessageDeflate: new (settings: Readonly<Record<string, unknown>>) => WsDeflate;
  readonly extension: {
    /** @throws SyntaxError */
    parse(field: string): Readonly<Record<string, readonly DeflateOffer[] | undefined>>;
    format(extensions: WsExtensions): string;
  };
}

let loading: Promise<WsPackage> | undefined;

/**
 * Loads `ws`, once. `where` names what needs it.
 * @throws ApusError APUS_MISSING_PACKAGE when it is not there, or too old or too new to be used
 */
export async function loadWs(where: string): Promise<WsPackage> {
  loading ??= importWs();
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    const message = `${where} needs the package "ws", version 8.23 or a later 8: install it (npm install ws@8).`;
    throw new ApusError("APUS_MISSING_PACKAGE", message, { cause });
  }
}

/**
 * Our engine has already written the head of the 101, and `handleUpgrade()`, the documented way in, writes one of its own.
 * So a connection is made as `handleUpgrade()` makes one; that these parts are there is asked for once, here.
 */
async function importWs(): Promise<WsPackage> {
  const found = (await import("ws")) as unknown as WsPackage;
  const { WebSocket, PerMessageDeflate, extension } = found;
  const isKnown =
    typeof (WebSocket?.prototype as Partial<WsConnection> | undefined)?.setSocket === "function" &&
    typeof PerMessageDeflate === "function" &&
    typeof extension?.parse === "function";
  if (!isKnown) throw new TypeError("This version of ws is made in another way.");
  return { WebSocket, PerMessageDeflate, extension };
}
