/** What the shop reads from its environment. Without any of it, it runs on this machine alone. */

import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "apus";
import { z } from "zod";

/** Of one process: a restart logs everybody out and ends every list that is being read. */
const secret = z
  .string()
  .min(32)
  .default(() => randomBytes(32).toString("base64url"));

const Settings = z.object({
  nodeEnv: z.string().default("development"),
  port: z.int().min(0).max(65_534).default(8000),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  /** For the database file and the images. */
  shopFolder: z.string().default(join(tmpdir(), "apus-shop")),
  /** postgres://… or sqlite:…; a file in the folder by default. */
  databaseUrl: z.string().optional(),
  /** Who knows the prices; without one, the shop starts a service that makes them up. */
  pricesUrl: z.url().optional(),
  /** Milliseconds that an order waits for its prices. */
  pricesTimeout: z.int().min(1).default(5_000),
  tokenSecret: secret,
  cursorSecret: secret,
  /** Of the account "staff". */
  staffPassword: z.string().min(12).default("change me, please"),
});

const given = await readSettings(Settings);

export const settings = {
  ...given,
  databaseUrl: given.databaseUrl ?? `sqlite:${join(given.shopFolder, "shop.db")}`,
  imageFolder: join(given.shopFolder, "images"),
};
