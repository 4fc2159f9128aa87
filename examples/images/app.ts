/** Thumbnails made in worker threads, with progress, and the same on the event loop. Run it with `node examples/images/app.ts`. */

import { readFile } from "node:fs/promises";
import { App, fail, html, upload } from "apus";
import { offload } from "apus/workers";
import { z } from "zod";
import { makeThumbnails, renderThumbnails, type Step } from "./thumbnails.ts";

const Progress = z.object({
  progress: z.number().min(0).max(1),
  doing: z.string(),
  thumbnail: z.object({ url: z.string(), width: z.int(), height: z.int() }).exactOptional(),
});

/** The latest thumbnails, by id. */
const kept = new Map<string, Uint8Array>();
const mostKept = 200;

export const app: App = new App({
  title: "Images",
  version: "1.0.0",
  log: process.env["LOG_LEVEL"] === "silent" ? false : {},
  guard: { threshold: 50 }, // also in production, so that the demo shows what it finds
  health: { details: true }, // the page shows `heldSites`; elsewhere, keep file names to yourself
});

app.lifespan(async function* () {
  await offload.warm();
  yield;
  kept.clear();
});

const operation = {
  files: {
    image: upload({ types: ["image/png"], maxBytes: 30_000_000, description: "A PNG of at most 25 million pixels" }),
  },
  lines: Progress,
};

export const postImage = app.post(
  "/thumbnails",
  { ...operation, summary: "Make thumbnails in a worker thread" },
  async function* ({ files }) {
    yield* keepThumbnails(makeThumbnails(await files.image.bytes()));
  },
);

export const postImageNaively = app.post(
  "/naive/thumbnails",
  {
    ...operation,
    summary: "Make thumbnails on the event loop",
    description: "As long as this computes, the server answers nobody; the loop guard says so in the log.",
  },
  async function* ({ files }) {
    yield* keepThumbnails(renderThumbnails(await files.image.bytes()));
  },
);

async function* keepThumbnails(steps: AsyncIterable<Step>): AsyncGenerator<z.infer<typeof Progress>> {
  for await (const { progress, doing, thumbnail } of steps) {
    if (thumbnail === undefined) {
      yield { progress, doing };
      continue;
    }
    const { width, height, png } = thumbnail;
    const id = crypto.randomUUID();
    kept.set(id, png);
    for (const oldest of kept.keys()) if (kept.size > mostKept) kept.delete(oldest);
    yield { progress, doing, thumbnail: { url: `/thumbnails/${id}`, width, height } };
  }
}

export const readThumbnail = app.get("/thumbnails/{id:uuid}", ({ path }) => {
  const png = kept.get(path.id) ?? fail(404, "There is no such thumbnail any more.");
  return new Response(Buffer.from(png), {
    headers: { "content-type": "image/png", "cache-control": "max-age=3600, immutable" },
  });
});

/** What everybody else wants of the server: the page asks it all the time, and shows how long that takes. */
export const ping = app.get("/ping", () => ({ ok: true }));

app.get("/", { hidden: true }, async () => html(await readFile(new URL("page.html", import.meta.url), "utf8")));

if (import.meta.main) await app.listen({ port: 8000 });
