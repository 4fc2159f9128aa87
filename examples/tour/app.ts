/** The tour: the endpoints of a first day with Apus. Run it with `npm start`. */

import { setTimeout as sleep } from "node:timers/promises";
import { App, type LogThreshold } from "apus";
import { z } from "zod";
import * as cpu from "./cpu.ts";
import * as github from "./github-user.ts";
import * as items from "./items.ts";
import * as sightings from "./sightings.ts";

export const app = new App({
  title: "Apus tour",
  version: "1.0.0",
  log: { level: (process.env["LOG_LEVEL"] ?? "info") as LogThreshold },
  description:
    "Every endpoint here is declared once: its types, validation, documentation and client follow from that.",
});

app.include(items);
app.include(github);
app.include(cpu);
app.include(sightings);

// #region wait
export const wait = app.get("/wait/{seconds:int}", { tags: ["waiting"] }, async ({ path, signal }) => {
  await sleep(path.seconds * 1000, undefined, { signal });
  return { message: `Waited for ${path.seconds} seconds!` };
});
// #endregion wait

export const crash = app.get("/error", { tags: ["errors"], summary: "Fail on purpose" }, () => {
  throw new Error("This error was thrown on purpose.");
});

const Order = z.object({ quantity: z.int().min(1), coupon: z.string().length(8).optional() });

export const checkOrder = app.post(
  "/orders/check",
  { tags: ["errors"], body: Order, query: z.object({ express: z.boolean() }) },
  ({ body, query }) => ({
    accepted: true,
    ...body,
    express: query.express,
  }),
);

/** Serves the tour on `PORT` or 8000. */
export async function serve(): Promise<void> {
  const server = await app.listen({ port: Number(process.env["PORT"] ?? 8000) });
  console.log(`\n  Server         ${server.url}\n  Documentation  ${server.url}/docs  (or ${server.url}/redoc)\n`);
}

if (import.meta.main) await serve();
