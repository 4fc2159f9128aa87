/** A ticker: prices as server-sent events, and a page at / that draws them while they come. Run it with `node examples/ticker/app.ts`. */

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { App, event, html } from "apus";
import { z } from "zod";

/** Milliseconds between two prices. */
const pace = Number(process.env["PACE"] ?? 200);

const Price = z.object({ at: z.int(), price: z.number() });

export const app: App = new App({
  title: "Ticker",
  version: "1.0.0",
  log: process.env["LOG_LEVEL"] === "silent" ? false : {},
});

/** The price at a step: the same for everybody, so that a page that comes back goes on where it was. */
function priceAt(at: number): number {
  return Math.round((100 + 10 * Math.sin(at / 9) + 3 * Math.sin(at * 1.7)) * 100) / 100;
}

export const readPrices = app.get(
  "/prices",
  { events: Price, headers: z.object({ "last-event-id": z.int().default(0) }) },
  async function* ({ headers, signal }) {
    yield event(undefined, { retry: 500 });
    for (let at = headers["last-event-id"] + 1; ; at += 1) {
      yield event({ at, price: priceAt(at) }, { id: String(at) });
      await sleep(pace, undefined, { signal });
    }
  },
);

app.get("/", async () => html(await readFile(new URL("page.html", import.meta.url), "utf8")));

if (import.meta.main) await app.listen({ port: 8000 });
