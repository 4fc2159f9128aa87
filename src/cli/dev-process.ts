/** One life of the app below `apus dev`: a process that tells its files and can be told to stop. */

import { spawn, type ChildProcess } from "node:child_process";
import { readReport, type Order } from "./process-messages.ts";
import type { ServeSettings } from "./serve-app.ts";
import { servedProcessPath } from "./served-process-path.ts";

/** Milliseconds for a graceful end. */
const stopLimit = 2_000;

export interface DevProcessOptions {
  readonly settings: ServeSettings;
  /** The folder for NODE_COMPILE_CACHE. */
  readonly compileCache: string;
  /** Called with the path of each file that the app loads. */
  readonly onFile: (path: string) => void;
}

export class DevProcess {
  /** How the process ended, in words. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #stopping = false;

  constructor({ settings, compileCache, onFile }: DevProcessOptions) {
    this.#child = spawn(process.execPath, [servedProcessPath, JSON.stringify(settings)], {
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (message) => {
      const report = readReport(message);
      if (report?.apus === "loads") onFile(report.path);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(`could not be started: ${error.message}`));
      // Not "exit": the last files that it told of may still be on their way then.
      this.#child.once("close", (code, signal) => {
        resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
      });
    });
  }

  /** True once the end was asked for. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /**
   * Stops it gracefully, and by force when that takes too long. "order" stops over IPC: harmless where the terminal
   * has sent the signal to this process too, which would take a second one for a command to end at once.
   */
  async stop(how: "SIGTERM" | "order"): Promise<void> {
    this.#stopping = true;
    if (how === "SIGTERM") this.#child.kill("SIGTERM");
    else if (this.#child.connected) this.#child.send({ apus: "stop" } satisfies Order, () => {});
    const limit = setTimeout(() => this.kill(), stopLimit);
    await this.ended;
    clearTimeout(limit);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
