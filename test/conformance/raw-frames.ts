/** Frames of the WebSocket protocol as bytes (RFC 6455 §5.2), right or wrong, and a connection to send them on. */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { RawConnection } from "../journey/raw-connection.ts";

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameInit {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** Writes the length in 2 or 8 bytes though fewer would do. */
  readonly lengthBytes?: 2 | 8;
}

export interface Frame {
  readonly fin: boolean;
  readonly reserved: number;
  readonly opcode: number;
  readonly payload: Buffer;
}

const mask = [0x37, 0xfa, 0x21, 0x3d];

export function encodeFrame({ opcode: kind, payload = "", fin = true, masked = true, ...init }: FrameInit): Buffer {
  const data = Buffer.from(payload);
  const width = init.lengthBytes ?? (data.length < 126 ? 0 : data.length < 65_536 ? 2 : 8);
  const head = Buffer.alloc(2 + width);
  head[0] = (fin ? 0x80 : 0) | ((init.reserved ?? 0) << 4) | kind;
  head[1] = (masked ? 0x80 : 0) | (width === 0 ? data.length : width === 2 ? 126 : 127);
  if (width === 2) head.writeUInt16BE(data.length, 2);
  if (width === 8) head.writeBigUInt64BE(BigInt(data.length), 2);
  if (!masked) return Buffer.concat([head, data]);
  const covered = data.map((byte, index) => byte ^ (mask[index % 4] as number));
  return Buffer.concat([head, Buffer.from(mask), covered]);
}

export function encodeClose(code?: number, reason: string | Uint8Array = ""): Buffer {
  const payload = Buffer.concat([Buffer.alloc(code === undefined ? 0 : 2), Buffer.from(reason)]);
  if (code !== undefined) payload.writeUInt16BE(code);
  return encodeFrame({ opcode: opcode.close, payload });
}

const key = "dGhlIHNhbXBsZSBub25jZQ==";

/** The head of a handshake; a field that is undefined is left out. */
export function handshake(path: string, fields: Readonly<Record<string, string | undefined>> = {}): string {
  const all: Readonly<Record<string, string | undefined>> = {
    host: "localhost",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": key,
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A connection that has shaken hands; `rest` is sent in one piece with the handshake. */
export async function openFrames(
  url: string,
  path: string,
  { fields = {}, rest = Buffer.alloc(0) }: { fields?: Readonly<Record<string, string>>; rest?: Buffer } = {},
): Promise<RawConnection> {
  const connection = await RawConnection.open(url);
  await connection.send(Buffer.concat([Buffer.from(handshake(path, fields)), rest]));
  const head = await connection.until("\r\n\r\n");
  assert.match(head, /^HTTP\/1\.1 101 /);
  assert.match(head, /\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  return connection;
}

/** The next frame of the server; undefined when the connection ends before it. */
export async function readFrame(connection: RawConnection): Promise<Frame | undefined> {
  for (let turn = 0; turn < 2_500; turn += 1) {
    const bytes = Buffer.from(connection.received, "latin1");
    const frame = parseFrame(bytes);
    if (frame !== undefined) {
      connection.received = connection.received.slice(frame.length);
      return frame;
    }
    if (connection.isClosed) return undefined;
    await sleep(2);
  }
  return assert.fail("no frame came");
}

function parseFrame(bytes: Buffer): (Frame & { readonly length: number }) | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  assert.ok(second < 128, "a server does not mask");
  const width = second < 126 ? 0 : second === 126 ? 2 : 8;
  const start = 2 + width;
  if (bytes.length < start) return undefined;
  const size = width === 0 ? second : width === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + size) return undefined;
  const payload = bytes.subarray(start, start + size);
  return { fin: first > 127, reserved: (first >> 4) & 7, opcode: first & 15, payload, length: start + size };
}

/** The code of a close frame; 1005 when it has none. */
export function codeOf(frame: Frame | undefined): number | undefined {
  if (frame?.opcode !== opcode.close) return undefined;
  return frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE(0);
}
