/** Load shedding: docs/load-shedding.md. */

import { setTimeout as sleep } from "node:timers/promises";
import { App, Router } from "apus";
import { loadShedding } from "apus/middleware/load-shedding";

export const app = new App({ log: false });

// #region use
const reports = new Router({ prefix: "/reports" });

reports.use(loadShedding({ concurrency: 2, queue: 1, maxWait: 500 }));

reports.get("/{name}", async ({ path }) => {
  await sleep(20);
  return { report: path.name };
});
// #endregion use

app.include(reports);
