/** An app for the stop tests: run as a process of its own, driven by signals, telling on its output what happens. */

import { setTimeout as sleep } from "node:timers/promises";
import { App, type EngineKind } from "apus";

const app = new App({ log: { requests: false } });

app.lifespan(async function* () {
  console.log("lifespan: started");
  yield;
  console.log("lifespan: ended");
});

app.get("/quick", () => "quick");

app.get("/slow/{milliseconds:int}", async ({ path }) => {
  await sleep(path.milliseconds);
  return "slow";
});

const server = await app.listen({
  port: 0,
  engine: (process.env["ENGINE"] ?? "node") as EngineKind,
  stopTimeout: Number(process.env["STOP_TIMEOUT"] ?? 5_000),
  stopDelay: Number(process.env["STOP_DELAY"] ?? 0),
});
console.log(`url: ${server.url}`);
