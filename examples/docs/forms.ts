/** Forms and uploads: docs/forms.md. */

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, upload, uploads } from "apus";
import { z } from "zod";

export const app = new App({ log: false });
const folder = await mkdtemp(join(tmpdir(), "forms-example-"));

// #region first
const Photo = z.object({ title: z.string().min(1), tags: z.array(z.string()).default([]) });

export const addPhoto = app.post(
  "/photos",
  {
    form: Photo,
    files: { image: upload({ types: ["image/png", "image/jpeg"], maxBytes: 5_000_000 }) },
  },
  async ({ form, files }) => {
    await files.image.saveTo(join(folder, crypto.randomUUID()));
    return { title: form.title, name: files.image.name, size: files.image.size };
  },
);
// #endregion first

// #region kinds
export const apply = app.post(
  "/applications",
  {
    form: z.object({ name: z.string() }),
    files: {
      letter: upload({ types: ["application/pdf"], maxBytes: 1_000_000 }),
      portrait: upload({ types: ["image/*"], maxBytes: 1_000_000, optional: true }),
      papers: uploads({ maxBytes: 2_000_000, minCount: 1, maxCount: 5 }),
    },
  },
  ({ form, files }) => ({
    name: form.name,
    letter: files.letter.size,
    portrait: files.portrait?.size ?? null,
    papers: files.papers.map(({ name }) => name),
  }),
);
// #endregion kinds

// #region stream
export const importRows = app.post(
  "/imports",
  {
    form: z.object({ separator: z.string().length(1).default(",") }),
    files: { rows: upload({ types: ["text/csv"], maxBytes: 10_000_000_000, stream: true }) },
  },
  async ({ form, files }) => {
    let cells = 0;
    const decoder = new TextDecoder();
    for await (const bytes of files.rows.stream()) {
      cells += decoder.decode(bytes, { stream: true }).split(form.separator).length - 1;
    }
    return { bytes: files.rows.received, separators: cells };
  },
);
// #endregion stream

// #region many
export const backUp = app.post(
  "/backups",
  { files: { parts: uploads({ stream: true, maxBytes: 1_000_000_000, maxCount: 100 }) } },
  async ({ files }) => {
    let count = 0;
    for await (const part of files.parts) {
      await part.saveTo(join(folder, crypto.randomUUID()));
      count += 1;
    }
    return { count };
  },
);
// #endregion many

// #region json
const Place = z.object({ caption: z.string(), place: z.object({ latitude: z.number(), longitude: z.number() }) });

export const pin = app.post("/pins", { form: Place, files: { image: upload() } }, ({ form }) => form.place);
// #endregion json
