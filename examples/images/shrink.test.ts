/** Smaller pictures: sizes, means of light, and transparent pixels that leave no colour behind. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Picture } from "./png.ts";
import { shrink } from "./shrink.ts";

function paint(width: number, height: number, colourAt: (x: number, y: number) => readonly number[]): Picture {
  const pixels = Array.from({ length: width * height }, (_, at) => colourAt(at % width, Math.floor(at / width)));
  return { width, height, pixels: Uint8Array.from(pixels.flat()) };
}

function finish(picture: Picture, size: number): { readonly shares: readonly number[]; readonly result: Picture } {
  const shares: number[] = [];
  const work = shrink(picture, size);
  for (;;) {
    const turn = work.next();
    if (turn.done === true) return { shares, result: turn.value };
    shares.push(turn.value);
  }
}

test("the longer side is as long as asked, and no picture grows", () => {
  const green = (): readonly number[] => [10, 200, 30, 255];
  for (const [width, height, size, newWidth, newHeight] of [
    [40, 20, 10, 10, 5],
    [20, 40, 10, 5, 10],
    [300, 1, 100, 100, 1],
    [7, 5, 3, 3, 2],
    [4, 4, 64, 4, 4],
  ] as const) {
    const { result } = finish(paint(width, height, green), size);
    assert.deepEqual(result, paint(newWidth, newHeight, green));
  }
});

test("black and white make the grey that looks as bright, not the one in the middle", () => {
  const board = paint(8, 8, (x, y) => ((x + y) % 2 === 0 ? [0, 0, 0, 255] : [255, 255, 255, 255]));
  assert.deepEqual([...finish(board, 1).result.pixels], [188, 188, 188, 255]);
});

test("what cannot be seen has no colour", () => {
  const half = paint(2, 1, (x) => (x === 0 ? [255, 0, 0, 255] : [0, 0, 255, 0]));
  assert.deepEqual([...finish(half, 1).result.pixels], [255, 0, 0, 128]);
  assert.deepEqual(
    [
      ...finish(
        paint(2, 1, () => [9, 9, 9, 0]),
        1,
      ).result.pixels,
    ],
    [0, 0, 0, 0],
  );
});

test("progress is told, and grows", () => {
  const { shares } = finish(
    paint(64, 64, () => [1, 2, 3, 255]),
    32,
  );
  assert.ok(shares.length >= 7);
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
});
