/** Worker processes that tests start and kill, and what they say. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { until } from "./task-store-under-test.ts";
import type { CrewSettings } from "./task-crew.ts";

/** A process that runs the tasks of `task-crew.ts`. */
export class CrewProcess {
  readonly lines: string[] = [];
  /** Inputs of tasks, in the order in which their runs began. */
  readonly begun: { readonly input: number; readonly at: number }[] = [];
  wasKilled = false;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(context: TestContext, url: string, settings: CrewSettings) {
    const script = join(import.meta.dirname, "task-crew.ts");
    const child = spawn(process.execPath, [script, url, JSON.stringify(settings)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => this.#read(line));
    this.#child = child;
    this.#closed = Promise.all([once(child, "exit"), once(lines, "close")]);
    context.after(() => this.end("SIGKILL"));
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async ready(): Promise<void> {
    await until(() => this.lines.includes("ready") || !this.isRunning);
  }

  /** Resolves when it has ended and everything is read that it said. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    if (this.isRunning) this.#child.kill(signal);
    await this.#closed;
  }

  async kill(): Promise<void> {
    this.wasKilled = true;
    await this.end("SIGKILL");
  }

  #read(line: string): void {
    this.lines.push(line);
    const [what, input] = line.split(" ");
    if (what === "begins") this.begun.push({ input: Number(input), at: Date.now() });
  }
}
