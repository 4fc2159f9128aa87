/** What an app needs to be ready: docs/app.md. */

import { App } from "apus";
import { database } from "apus/sql";

const url = process.env["SHOP_URL"] ?? "sqlite::memory:";

// #region checks
export const db = database({ url });

export const app = new App({
  log: false,
  health: {
    checks: { database: db, cache: () => cacheIsWarm },
    checkTimeout: 1_000,
    checkInterval: 500,
  },
});
// #endregion checks

let cacheIsWarm = false;

export function warmCache(): void {
  cacheIsWarm = true;
}
