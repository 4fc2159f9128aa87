/** Bodies that are not one JSON value: docs/bodies.md. */

import { createHmac } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { App, csvBody, equalSecrets, fail, jsonLinesBody, rawBody, streamBody } from "apus";
import { z } from "zod";

export const app: App = new App({ log: false });
const folder = await mkdtemp(join(tmpdir(), "bodies-"));
const secret = "s3cret";

// #region raw
export const hook = app.post(
  "/hooks/payments",
  {
    headers: z.object({ "x-signature": z.string() }),
    body: rawBody({ types: ["application/json"], maxBytes: 100_000 }),
  },
  ({ headers, body }) => {
    const expected = createHmac("sha256", secret).update(body).digest("hex");
    if (!equalSecrets(headers["x-signature"], expected)) fail(403, "The signature is wrong.");
    return { bytes: body.length };
  },
);
// #endregion raw

// #region stream
export const keepBackup = app.put(
  "/backups/{name}",
  { body: streamBody({ types: ["application/gzip"], maxBytes: 10_000_000_000 }) },
  async ({ path, body, signal }) => {
    await pipeline(body, createWriteStream(join(folder, encodeURIComponent(path.name))), { signal });
  },
);
// #endregion stream

// #region rows
const Reading = z.object({ sensor: z.string().min(1), celsius: z.number(), checked: z.boolean().default(false) });

export const addReadings = app.post(
  "/readings",
  { body: jsonLinesBody(Reading, { maxBytes: 10_000_000_000, maxLineBytes: 10_000 }) },
  async ({ body }) => {
    const highest = new Map<string, number>();
    for await (const { sensor, celsius } of body) {
      highest.set(sensor, Math.max(celsius, highest.get(sensor) ?? celsius));
    }
    return Object.fromEntries(highest);
  },
);
// #endregion rows

// #region csv
export const importReadings = app.post(
  "/readings/import",
  { body: csvBody(Reading, { delimiter: ";", maxBytes: 100_000_000 }) },
  async ({ body }) => {
    const unchecked: string[] = [];
    for await (const { sensor, checked } of body) if (!checked) unchecked.push(sensor);
    return { unchecked };
  },
);
// #endregion csv
