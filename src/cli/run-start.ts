/** `apus start`: serves the app for production, in this process or in several workers. */

import { createCommandLog } from "./command-log.ts";
import { parsePort, parseWorkers, type CommandInput } from "./command.ts";
import { findAppFile } from "./find-app-file.ts";
import type { ServeSettings } from "./serve-app.ts";
import { WorkerSupervisor } from "./supervise-workers.ts";

export async function runStart({ path: named, texts }: CommandInput): Promise<number | undefined> {
  const port = texts.get("port");
  const workers = parseWorkers(texts.get("workers") ?? "1");
  const settings: ServeSettings = {
    path: findAppFile(named),
    mode: "production",
    port: port === undefined ? undefined : parsePort(port, "--port"),
    host: texts.get("host"),
    defaultHost: "0.0.0.0",
    stop: workers === 1 ? {} : { signals: false },
  };
  if (workers === 1) {
    // Loaded here, because a supervisor needs none of it.
    const { serveApp } = await import("./serve-app.ts");
    await serveApp(settings);
    return undefined;
  }
  const supervisor = new WorkerSupervisor(settings, { count: workers, log: createCommandLog("production") });
  let signals = 0;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals === 1) {
        supervisor.stop();
        return;
      }
      supervisor.kill();
      process.exit(code);
    });
  }
  process.on("SIGHUP", () => supervisor.replaceAll());
  return supervisor.run();
}
