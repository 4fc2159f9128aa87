/** Tasks that run in a worker thread, which imports this module. */

import { isMainThread } from "node:worker_threads";
import { task } from "apus/tasks";
import { z } from "zod";

export const crunch = task("crunch", { input: z.object({ to: z.int() }), cpu: import.meta }, ({ input, attempt }) => {
  let sum = 0;
  for (let index = 1; index <= input.to; index += 1) sum += index;
  return { sum, isMainThread, attempt };
});

export const spin = task("spin", { cpu: import.meta, timeout: 300, retries: 0 }, () => {
  for (;;);
});
