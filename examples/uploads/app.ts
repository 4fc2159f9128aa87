/** A gallery: images are uploaded from a page at / and shown there. Run it with `node examples/uploads/app.ts`. */

import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, fail, html, stream, upload } from "apus";
import { z } from "zod";

export const Image = z.object({ id: z.uuid(), title: z.string(), name: z.string(), type: z.string(), size: z.int() });

const images = new Map<string, z.infer<typeof Image>>();
let folder = "";

export const app: App = new App({
  title: "Gallery",
  version: "1.0.0",
  log: process.env["LOG_LEVEL"] === "silent" ? false : {},
});

app.lifespan(async function* () {
  folder = await mkdtemp(join(tmpdir(), "gallery-"));
  yield;
  images.clear();
  await rm(folder, { recursive: true });
});

export const addImage = app.post(
  "/images",
  {
    summary: "Upload an image",
    form: z.object({ title: z.string().trim().min(1).max(80) }),
    files: {
      image: upload({
        types: ["image/png", "image/jpeg", "image/gif", "image/webp"],
        maxBytes: 5_000_000,
        description: "A PNG, JPEG, GIF or WebP of at most 5 MB",
      }),
    },
    status: 201,
    response: Image,
  },
  async ({ form, files }) => {
    const { image } = files;
    const id = crypto.randomUUID();
    await image.saveTo(join(folder, id));
    const added = { id, title: form.title, name: image.name, type: image.detectedType ?? image.type, size: image.size };
    images.set(id, added);
    return added;
  },
);

export const listImages = app.get("/images", { response: z.array(Image) }, () => [...images.values()]);

export const readImage = app.get("/images/{id:uuid}", ({ path }) => {
  const image = images.get(path.id) ?? fail(404, "No image has this id.");
  // The type is what its bytes say; nothing else may be made of it.
  const headers = { "x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox" };
  return stream(createReadStream(join(folder, image.id)), { mediaType: image.type, headers });
});

app.get("/", { hidden: true }, async () => html(await readFile(new URL("page.html", import.meta.url), "utf8")));

if (import.meta.main) await app.listen({ port: 8000 });
