/** PNGs: every filter and both kinds of pixels are read, what is written can be read, and what is broken or too big is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import { HttpError } from "apus";
import { decodePng, encodePng, type Picture } from "./png.ts";

const width = 5;
const height = 6;
const pixels = Uint8Array.from({ length: width * height * 4 }, (_, at) => (at * 37 + (at >> 3) * 11) & 255);
const picture: Picture = { width, height, pixels };

interface Written {
  readonly channels?: 3 | 4;
  /** Of the row. */
  readonly filterOf?: (y: number) => number;
  readonly header?: Readonly<Record<number, number>>;
  readonly rows?: Buffer;
}

/** Writes the picture as another program might. */
function write({ channels = 4, filterOf = () => 0, header = {}, rows }: Written): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, channels === 4 ? 6 : 2], 8);
  for (const [at, byte] of Object.entries(header)) head[Number(at)] = byte;
  const packed = deflateSync(rows ?? Buffer.concat(filterRows(channels, filterOf)));
  // The pixels may be cut anywhere, and chunks that nobody knows may stand between.
  const parts = [chunk("IHDR", head), chunk("teXt", Buffer.from("hello")), chunk("IDAT", packed.subarray(0, 7))];
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    ...parts,
    chunk("IDAT", packed.subarray(7)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function filterRows(channels: number, filterOf: (y: number) => number): readonly Buffer[] {
  const byteAt = (x: number, y: number, channel: number): number =>
    x < 0 || y < 0 ? 0 : (pixels[(y * width + x) * 4 + channel] as number);
  return Array.from({ length: height }, (_row, y) => {
    const row = Buffer.alloc(1 + width * channels);
    row[0] = filterOf(y);
    for (let at = 0; at < width * channels; at += 1) {
      const [x, channel] = [Math.floor(at / channels), at % channels];
      const [left, up, corner] = [byteAt(x - 1, y, channel), byteAt(x, y - 1, channel), byteAt(x - 1, y - 1, channel)];
      const estimate = left + up - corner;
      // The nearest of the three; of two that are as near, the first.
      const paeth = [left, up, corner].toSorted((a, b) => Math.abs(estimate - a) - Math.abs(estimate - b))[0] as number;
      const predicted = [0, left, up, Math.floor((left + up) / 2), paeth][filterOf(y)] ?? 0;
      row[1 + at] = byteAt(x, y, channel) - predicted;
    }
    return row;
  });
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

const opaque: Picture = { ...picture, pixels: pixels.map((byte, at) => (at % 4 === 3 ? 255 : byte)) };

for (const channels of [3, 4] as const) {
  for (const filter of [0, 1, 2, 3, 4, "each"] as const) {
    test(`${channels} channels, filter ${filter}`, () => {
      const file = write({ channels, filterOf: (y) => (filter === "each" ? y % 5 : filter) });
      assert.deepEqual(decodePng(file), channels === 3 ? opaque : picture);
    });
  }
}

test("what is written is read", () => assert.deepEqual(decodePng(encodePng(picture)), picture));

const whole = write({});
const refused: readonly (readonly [name: string, file: Uint8Array, why: RegExp])[] = [
  ["nothing", new Uint8Array(), /no PNG/],
  ["a text", Buffer.from("<svg onload=alert(1)>"), /no PNG/],
  ["only a signature", whole.subarray(0, 8), /no header/],
  ["a file that was cut", whole.subarray(0, 80), /does not hold the pixels/],
  ["a flipped bit", whole.map((byte, at) => (at === 20 ? byte ^ 1 : byte)), /damaged/],
  ["a palette", write({ header: { 9: 3 } }), /Only PNGs/],
  ["16 bits", write({ header: { 8: 16 } }), /Only PNGs/],
  ["interlaced", write({ header: { 12: 1 } }), /Only PNGs/],
  ["no width", write({ header: { 3: 0 } }), /has 0 × 6 pixels/],
  ["a bomb", write({ header: { 0: 255, 4: 255 } }), /at most 25 million/],
  ["fewer pixels than the header says", write({ header: { 7: 9 } }), /does not hold the pixels/],
  ["more pixels than the header says", write({ header: { 7: 1 } }), /does not hold the pixels/],
  ["a filter that there is not", write({ filterOf: () => 5 }), /a filter that there is not/],
];

for (const [name, file, why] of refused) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => decodePng(file),
      (error) => error instanceof HttpError && error.status === 422 && why.test(error.message),
    );
  });
}
