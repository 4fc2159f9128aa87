/** Types of settings: what the schema says, readonly at any depth. */

import { z } from "zod";
import { readSettings } from "./read-settings.ts";

const settings = await readSettings(
  z.object({
    port: z.int(),
    tags: z.array(z.string()),
    database: z.object({ url: z.string() }).optional(),
    since: z.string().transform((text) => new Date(text)),
  }),
  { files: [".env"] },
);

export const port: number = settings.port;
export const tags: readonly string[] = settings.tags;
export const url: string | undefined = settings.database?.url;
export const since: Date = settings.since;

// @ts-expect-error -- frozen
settings.port = 1;
// @ts-expect-error -- frozen at any depth
settings.tags.push("x");
// @ts-expect-error -- not in the schema
export const unknown: unknown = settings.unknown;
// @ts-expect-error -- no such option
await readSettings(z.object({}), { file: ".env" });
// @ts-expect-error -- no schema
await readSettings({ port: "number" });
