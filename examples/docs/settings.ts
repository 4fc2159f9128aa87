/** Settings from the environment, typed and checked before anything starts: docs/settings.md. */

import { App, dependency, readSettings } from "apus";
import { z } from "zod";

// #region schema
export const Settings = z.object({
  port: z.int().min(1).max(65_535).default(8000),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info"),
  origins: z.array(z.url()).default([]),
  database: z.object({ url: z.string(), poolSize: z.int().default(10) }),
});
// #endregion schema

export const app = new App({ log: false });

// #region dependency
const settings = dependency({ scope: "app" }, () => readSettings(Settings, { files: [".env"] }));

app.get("/limits", { use: { settings } }, (input) => ({ connections: input.settings.database.poolSize }));
// #endregion dependency

export { settings };
