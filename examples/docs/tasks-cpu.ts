/** A task for the processor: docs/tasks.md. */

import { task } from "apus/tasks";
import { z } from "zod";

// #region cpu
export const count = task("count", { input: z.int(), cpu: import.meta, timeout: "10s" }, ({ input }) => {
  let sum = 0;
  for (let number = 1; number <= input; number += 1) sum += number;
  return sum;
});
// #endregion cpu
