/** Makes pictures smaller: each new pixel is the mean of those that it covers, weighted by light and not by number. */

import type { Picture } from "./png.ts";

/** The light that a byte stands for (sRGB), from 0 to 1. */
const lightOf = Float64Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** Gives the share that is done, every few rows, and in the end the picture, no side of which is longer than `size`. */
export function* shrink(picture: Picture, size: number): Generator<number, Picture> {
  const scale = Math.min(1, size / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const pixels = new Uint8Array(width * height * 4);
  const step = Math.ceil(height / 10);
  for (let y = 0; y < height; y += 1) {
    if (y > 0 && y % step === 0) yield y / height;
    for (let x = 0; x < width; x += 1) {
      const left = Math.floor((x * picture.width) / width);
      const top = Math.floor((y * picture.height) / height);
      const right = Math.max(left + 1, Math.floor(((x + 1) * picture.width) / width));
      const bottom = Math.max(top + 1, Math.floor(((y + 1) * picture.height) / height));
      pixels.set(meanOf(picture, { left, top, right, bottom }), (y * width + x) * 4);
    }
  }
  return { width, height, pixels };
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function meanOf({ width, pixels }: Picture, { left, top, right, bottom }: Area): readonly number[] {
  let [red, green, blue, opacity] = [0, 0, 0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let at = (y * width + left) * 4; at < (y * width + right) * 4; at += 4) {
      const alpha = pixels[at + 3] as number;
      red += lightAt(pixels, at) * alpha;
      green += lightAt(pixels, at + 1) * alpha;
      blue += lightAt(pixels, at + 2) * alpha;
      opacity += alpha;
    }
  }
  if (opacity === 0) return [0, 0, 0, 0];
  const mean = opacity / ((right - left) * (bottom - top));
  return [toByte(red / opacity), toByte(green / opacity), toByte(blue / opacity), Math.round(mean)];
}

function lightAt(pixels: Uint8Array, at: number): number {
  return lightOf[pixels[at] as number] as number;
}

function toByte(light: number): number {
  return Math.round(255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055));
}
