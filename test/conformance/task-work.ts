/** A process of its own that runs tasks of a file, for tests that kill it: task-work.ts FILE LEASE. */

import { setTimeout as sleep } from "node:timers/promises";
import { task, taskQueue } from "apus/tasks";
import { z } from "zod";
import { silentLogger } from "../../src/log/logger.ts";

const [file = "", lease = ""] = process.argv.slice(2);

const work = task(
  "work",
  { input: z.object({ index: z.int(), hangs: z.boolean() }) },
  async ({ input, attempt, signal }) => {
    if (input.hangs && attempt === 1) {
      process.stdout.write(`hangs ${input.index}\n`);
      await sleep(600_000, undefined, { signal });
    }
    await sleep(2);
    process.stdout.write(`done ${input.index}\n`);
  },
);

const queue = taskQueue({
  url: `sqlite:${file}`,
  tasks: [work],
  concurrency: 4,
  lease: Number(lease),
  stopTimeout: 20,
  log: silentLogger,
});
process.once("SIGTERM", () => void queue.stop());
await queue.start();
process.stdout.write("ready\n");
