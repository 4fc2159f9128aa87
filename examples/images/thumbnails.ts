/** The work: thumbnails of a picture, with progress; once as a plain function, once offloaded. A worker imports this module. */

import { offload } from "apus/workers";
import { decodePng, encodePng } from "./png.ts";
import { shrink } from "./shrink.ts";

/** What is told while thumbnails are made. */
export interface Step {
  /** From 0 to 1, of all sizes together. */
  readonly progress: number;
  readonly doing: string;
  readonly thumbnail?: { readonly width: number; readonly height: number; readonly png: Uint8Array };
}

/** The longest sides of the thumbnails, in pixels. */
export const sizes: readonly number[] = [512, 256, 128, 64];

/** Computes wherever it is called: on the main thread it holds the event loop. */
export async function* renderThumbnails(image: Uint8Array): AsyncGenerator<Step, void, undefined> {
  // What is thrown before the first step still has a status of its own.
  const picture = decodePng(image);
  for (const [index, size] of sizes.entries()) {
    const progressOf = (share: number): number => (index + 1 + share) / (sizes.length + 1);
    const work = shrink(picture, size);
    let turn = work.next();
    for (; turn.done !== true; turn = work.next()) {
      yield { progress: progressOf(turn.value), doing: `Shrinking to ${size} pixels` };
    }
    const { width, height } = turn.value;
    const thumbnail = { width, height, png: encodePng(turn.value) };
    yield { progress: progressOf(1), doing: `Shrunk to ${size} pixels`, thumbnail };
  }
}

/** The same in a worker thread. The time counts from the first step to the last, while a slow client reads, too. */
export const makeThumbnails = offload(import.meta, "makeThumbnails", renderThumbnails, { timeout: 60_000 });
