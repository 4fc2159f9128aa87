/** Time limits: docs/time-limit.md. */

import { setTimeout as sleep } from "node:timers/promises";
import { App } from "apus";
import { timeLimit } from "apus/middleware/time-limit";

export const app = new App({ log: false });
export const lateErrors: unknown[] = [];

// #region use
app.use(timeLimit({ after: 100, onLateError: (error) => lateErrors.push(error) }));

app.get("/report", async ({ signal }) => {
  await sleep(60_000, undefined, { signal }); // stops when the time is up, or the client leaves
  return { rows: 7 };
});
// #endregion use

app.get("/late", async () => {
  await sleep(150);
  throw new Error("nobody waits for this");
});
