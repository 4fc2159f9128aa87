/** `apus dev`: serves the app in a process of its own, and starts it anew whenever one of its files changes. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createCommandLog } from "./command-log.ts";
import { parsePort, type CommandInput } from "./command.ts";
import { DevProcess } from "./dev-process.ts";
import { findAppFile, showPath } from "./find-app-file.ts";
import type { ServeSettings } from "./serve-app.ts";
import { FileWatcher } from "./watch-files.ts";

export async function runDev({ path: named, texts }: CommandInput): Promise<number> {
  const path = findAppFile(named);
  const port = texts.get("port");
  const settings: ServeSettings = {
    path,
    mode: "development",
    port: port === undefined ? undefined : parsePort(port, "--port"),
    host: texts.get("host"),
    defaultHost: "127.0.0.1",
    // Short, because somebody waits for the restart: open streams are cut, an idle connection is not waited for.
    stop: { signals: true, stopTimeout: 1_000, idleGrace: 20 },
  };
  const cache = chooseCompileCache();
  try {
    return await serveUntilStopped(settings, cache.folder);
  } finally {
    cache.remove();
  }
}

async function serveUntilStopped(settings: ServeSettings, compileCache: string): Promise<number> {
  const log = createCommandLog("development");
  const watcher = new FileWatcher();
  let current: DevProcess | undefined;
  const stopped = onFirstStopSignal(() => current?.kill());
  for (;;) {
    const change = watcher.nextChange();
    watcher.add(settings.path);
    watcher.add(resolve(".env"));
    const startedAt = Date.now();
    const child = new DevProcess({ settings, compileCache, onFile: (file) => watcher.add(file, startedAt) });
    current = child;
    void child.ended.then((how) => {
      if (!child.stopping) log.error(`The app ${how}. Waiting for a change of its files.`);
    });
    const changed = await Promise.race([change, stopped]);
    if (changed === undefined) {
      await child.stop("order");
      watcher.close();
      return 0;
    }
    log.info(`${showPath(changed)} has changed: restarting`);
    await child.stop("SIGTERM");
  }
}

/** Resolves at the first signal; at a second one everything ends at once. */
function onFirstStopSignal(kill: () => void): Promise<undefined> {
  return new Promise((stop) => {
    let told = false;
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const) {
      process.on(signal, () => {
        if (told) {
          kill();
          process.exit(code);
        }
        told = true;
        stop(undefined);
      });
    }
  });
}

/** Where Node keeps compiled modules between restarts; a folder of our own where there is no node_modules. */
function chooseCompileCache(): { readonly folder: string; readonly remove: () => void } {
  const given = process.env["NODE_COMPILE_CACHE"];
  if (given !== undefined && given !== "") return { folder: given, remove: () => {} };
  if (existsSync("node_modules")) return { folder: resolve("node_modules/.cache/apus"), remove: () => {} };
  // Made anew: in the shared folder for temporary files a known name could hold somebody else's code.
  const folder = mkdtempSync(join(tmpdir(), "apus-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
