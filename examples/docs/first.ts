/** The first example of README. */

// #region first
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "apus";

export const app = new App({ title: "Demo", version: "1.0.0" });

export const wait = app.get("/wait/{seconds:int}", async ({ path, signal }) => {
  await sleep(path.seconds * 1000, undefined, { signal });
  return { message: `Waited for ${path.seconds} seconds!` };
});

if (import.meta.main) await app.listen({ port: 8000 });
// #endregion first
