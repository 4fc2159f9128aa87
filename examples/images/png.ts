/** PNG with Node.js alone: 8 bits a channel, RGB or RGBA, not interlaced, which is what most programs write. */

import { crc32, deflateSync, inflateSync } from "node:zlib";
import { fail } from "apus";

/** Pixels of four bytes (red, green, blue, alpha), row after row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const maxPixels = 25_000_000;
/** Channels by the colour type of the header. */
const channelsOf = new Map([
  [2, 3],
  [6, 4],
]);

/** @throws HttpError 422 for what is no such PNG: an offloaded function throws it to its caller as it is */
export function decodePng(bytes: Uint8Array): Picture {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, 8).equals(signature)) fail(422, "This is no PNG.");
  const chunks = [...readChunks(file)];
  const header = chunks[0];
  if (header?.type !== "IHDR" || header.data.length !== 13) return fail(422, "This PNG has no header.");
  const [width, height] = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  const channels = channelsOf.get(header.data.readUInt8(9));
  if (header.data.readUInt8(8) !== 8 || channels === undefined || header.data.readUInt8(12) !== 0) {
    return fail(422, "Only PNGs with 8 bits a channel, in RGB or RGBA, not interlaced, are understood.");
  }
  // Before anything is unpacked: a few kilobytes can say that they are a picture of a gigabyte.
  if (width === 0 || height === 0 || width * height > maxPixels) {
    fail(422, `The picture has ${width} × ${height} pixels: at most ${maxPixels / 1e6} million are taken.`);
  }
  const packed = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  const rows = inflate(packed, height * (width * channels + 1));
  return { width, height, pixels: unfilter(rows, { width, height, channels }) };
}

function* readChunks(file: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
  for (let at = 8; at + 12 <= file.length;) {
    const end = at + 8 + file.readUInt32BE(at);
    if (end + 4 > file.length) break;
    if (crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) fail(422, "This PNG is damaged.");
    yield { type: file.toString("latin1", at + 4, at + 8), data: file.subarray(at + 8, end) };
    at = end + 4;
  }
}

function inflate(packed: Buffer, size: number): Buffer {
  try {
    const rows = inflateSync(packed, { maxOutputLength: size });
    if (rows.length === size) return rows;
  } catch {
    // Not packed by deflate, cut short, or more than the header says.
  }
  return fail(422, "This PNG does not hold the pixels that its header speaks of.");
}

/** Each row begins with the kind of its filter, which says what was taken off its bytes: left, above, both (PNG, chapter 9). */
function unfilter(
  rows: Buffer,
  { width, height, channels }: { readonly width: number; readonly height: number; readonly channels: number },
): Uint8Array {
  const length = width * channels;
  const pixels = new Uint8Array(width * height * 4).fill(255);
  let above = new Uint8Array(length);
  for (let y = 0; y < height; y += 1) {
    const start = y * (length + 1);
    const row = rows.subarray(start + 1, start + 1 + length);
    addPredicted(row, above, { filter: rows[start] as number, channels });
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        pixels[(y * width + x) * 4 + channel] = row[x * channels + channel] as number;
      }
    }
    above = row as Uint8Array<ArrayBuffer>;
  }
  return pixels;
}

function addPredicted(
  row: Uint8Array,
  above: Uint8Array,
  { filter, channels }: { readonly filter: number; readonly channels: number },
): void {
  if (filter === 0) return;
  for (let at = 0; at < row.length; at += 1) {
    const left = at < channels ? 0 : (row[at - channels] as number);
    const up = above[at] as number;
    const corner = at < channels ? 0 : (above[at - channels] as number);
    const now = row[at] as number;
    if (filter === 1) row[at] = now + left;
    else if (filter === 2) row[at] = now + up;
    else if (filter === 3) row[at] = now + ((left + up) >> 1);
    else if (filter === 4) row[at] = now + choosePaeth(left, up, corner);
    else fail(422, "This PNG has a filter that there is not.");
  }
}

function choosePaeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** A PNG in RGBA; each byte is written as its difference to the one above, which packs better. */
export function encodePng({ width, height, pixels }: Picture): Buffer<ArrayBuffer> {
  const length = width * 4;
  const rows = Buffer.alloc(height * (length + 1));
  for (let y = 0; y < height; y += 1) {
    const start = y * (length + 1);
    rows[start] = 2;
    for (let at = 0; at < length; at += 1) {
      const up = y === 0 ? 0 : (pixels[(y - 1) * length + at] as number);
      rows[start + 1 + at] = (pixels[y * length + at] as number) - up;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6], 8);
  const chunks = [buildChunk("IHDR", header), buildChunk("IDAT", deflateSync(rows)), buildChunk("IEND")];
  return Buffer.concat([signature, ...chunks]);
}

function buildChunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, "latin1");
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, data.length + 8)), data.length + 8);
  return chunk;
}
