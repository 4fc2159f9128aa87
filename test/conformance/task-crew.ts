/** A process of its own that runs tasks of a PostgreSQL, for tests that kill it: task-crew.ts URL, and settings as JSON. */

import { setTimeout as sleep } from "node:timers/promises";
import { task, taskQueue } from "apus/tasks";
import { z } from "zod";
import { createLogger } from "../../src/log/logger.ts";

export interface CrewSettings {
  readonly lease: number;
  readonly concurrency: number;
  /** Milliseconds that a run takes. */
  readonly takes: number;
}

const [url = "", json = "{}"] = process.argv.slice(2);
const { lease, concurrency, takes } = JSON.parse(json) as CrewSettings;

const tell = (...words: readonly unknown[]): void => void process.stdout.write(`${words.join(" ")}\n`);

const work = task("work", { input: z.int(), retries: 100 }, async ({ input }) => {
  tell("begins", input);
  await sleep(takes * (0.5 + Math.random()));
  tell("ends", input);
  return input;
});

const log = createLogger(({ message, fields }) => {
  const { error } = fields;
  tell("logged", message, error instanceof Error ? error.message : "");
}, "warn");
const queue = taskQueue({ url, tasks: [work], concurrency, lease, stopTimeout: 20, log });
process.once("SIGTERM", () => void queue.stop());
await queue.start();
tell("ready");
