/** Work off the event loop: docs/offload.md. */

import { App } from "apus";
import { configureOffload, offload } from "apus/workers";
import { z } from "zod";
import { countPrimes, deriveKey, findPrimes, invert } from "./offload-work.ts";
import type { greet } from "./offload-greeting.ts";

export const app = new App({ log: false });

// #region use
app.post("/keys", { body: z.object({ password: z.string() }) }, async ({ body }) => {
  const key = await deriveKey(body.password); // the loop is free meanwhile
  return { key: key.toString("hex") };
});
// #endregion use

// #region stream
const Found = z.object({ prime: z.int(), progress: z.number() });

app.get("/primes", { lines: Found }, async function* () {
  yield* findPrimes.with({ timeout: 10_000 })(2, 30);
});
// #endregion stream

// #region settings
app.get("/primes/{to:int}/count", async ({ path }) => ({
  count: await countPrimes.with({ timeout: 5_000, priority: "low" })(path.to),
}));
// #endregion settings

// #region transfer
export function invertPixels(pixels: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return invert.with({ transfer: [pixels.buffer] })(pixels); // `pixels` is empty from now on
}
// #endregion transfer

// #region pool
configureOffload({ threads: 2, queue: 100 });

app.lifespan(async function* () {
  await offload.warm(); // the first requests do not wait for threads and modules
  yield;
});
// #endregion pool

// #region stats
app.get("/pool", () => {
  const { threads, busy, queued, completed, timedOut, lost, refused, waitTime } = offload.stats();
  return { threads, busy, queued, completed, timedOut, lost, refused, meanWait: waitTime.total / waitTime.count };
});
// #endregion stats

// #region file
const sayHello = offload.file<typeof greet>(new URL("./offload-greeting.ts", import.meta.url), "greet");

app.get("/hello/{name}", ({ path }) => sayHello(path.name));
// #endregion file

// #region main
if (import.meta.main) await app.listen({ port: 8000 });
// #endregion main
