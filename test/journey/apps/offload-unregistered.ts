/** A function that is registered in the main thread only, which no worker can find. */

import { isMainThread } from "node:worker_threads";
import { offload } from "apus/workers";

export const onlyHere: () => Promise<number> = isMainThread
  ? offload(import.meta, "onlyHere", () => 1)
  : () => Promise.resolve(1);
