/** The process that serves the app for `apus dev`, and each worker of `apus start --workers`; started with its settings as JSON. */

import cluster from "node:cluster";
import { CommandError, describeFailure } from "./command-error.ts";
import { readOrder, sendReport } from "./process-messages.ts";
import { reportModules } from "./report-modules.ts";
import { serveApp, type ServedApp, type ServeSettings } from "./serve-app.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as ServeSettings;
let served: ServedApp | undefined;
let leaving = false;

// The app sees the arguments that it would see as the main module.
process.argv.splice(1, 2, settings.path);
process.on("message", (message) => {
  const order = readOrder(message);
  if (order?.apus === "stop") void leave();
  if (order?.apus === "go") process.exit();
});
if (cluster.isWorker) {
  process.on("SIGTERM", () => void leave());
  // Ctrl+C reaches every process of the terminal; the supervisor tells its workers itself.
  process.on("SIGINT", () => {});
} else {
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel?.unref();
  reportModules((path) => sendReport({ apus: "loads", path }));
}

try {
  served = await serveApp(settings);
  sendReport({ apus: "listens", url: served.url });
} catch (error) {
  const code = error instanceof CommandError ? error.exitCode : 1;
  process.stderr.write(`${describeFailure(error)}\n`, () => process.exit(code));
}

/** Answers what has arrived, ends the lifespans, and goes. */
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  try {
    await served?.stop();
    process.exitCode = 0;
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = 1;
  }
  if (!cluster.isWorker || !process.connected) process.exit();
  // A connection that the supervisor handed over a moment ago is refused and goes to another worker, while this one
  // still runs; after the supervisor's "go" there is none left.
  sendReport({ apus: "drained" });
}
