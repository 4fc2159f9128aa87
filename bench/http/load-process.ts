/** Starts the load on a core of its own and gives it jobs. */

import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadJob, LoadMessage, Outcomes } from "./load-job.ts";

const path: string = fileURLToPath(new URL("load.ts", import.meta.url));

export class LoadProcess {
  readonly #child: ChildProcess;

  constructor(core: number) {
    this.#child = spawn("taskset", ["-c", String(core), process.execPath, path], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      // Plain JSON would turn the NaN of what did not happen into null.
      serialization: "advanced",
    });
  }

  /** Does one job. @throws Error when it could not be done; wrong answers are part of its outcome instead. */
  run<Job extends LoadJob>(job: Job): Promise<Outcomes[Job["kind"]]> {
    return new Promise((resolve, reject) => {
      const settle = (run: () => void): void => {
        this.#child.off("message", onMessage);
        this.#child.off("exit", onExit);
        run();
      };
      const onMessage = (message: LoadMessage): void =>
        settle(() =>
          message.ok ? resolve(message.outcome as Outcomes[Job["kind"]]) : reject(new Error(message.message)),
        );
      const onExit = (): void => settle(() => reject(new Error("the load process ended")));
      this.#child.on("message", onMessage);
      this.#child.on("exit", onExit);
      this.#child.send(job);
    });
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
