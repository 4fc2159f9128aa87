/** The loop guard: docs/loop-guard.md. */

import { readFileSync } from "node:fs";
import { App, loopGuardReport } from "apus";
import { createMemoryLogger, type Line } from "./logging.ts";

export const lines: Line[] = [];
const log = createMemoryLogger(lines);

// #region options
export const app = new App({
  guard: { threshold: 100 }, // milliseconds; false: no guard
  health: { details: true }, // "/health" tells what held the loop
  log,
});
// #endregion options

// #region report
function renderReport(rows: number): number {
  let sum = 0;
  for (let row = 0; row < rows; row += 1) sum += Math.sqrt(row);
  return sum;
}

app.get("/report/{rows:int}", ({ path }) => ({ sum: renderReport(path.rows) }));
// #endregion report

// #region sync
app.get("/terms", () => readFileSync(new URL("public/index.html", import.meta.url), "utf8"));
// #endregion sync

// #region figures
app.get("/metrics", () =>
  loopGuardReport()
    .filter(({ kind }) => kind === "code")
    .map(({ route, name, total }) => `held_seconds{route="${route ?? ""}",in="${name ?? ""}"} ${total / 1_000}`)
    .join("\n"),
);
// #endregion figures
