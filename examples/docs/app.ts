/** An app with words, a lifespan, a mounted app and a server: docs/app.md. */

import { App, type RunningServer } from "apus";

/** The life of the app, as the test sees it. */
export const events: string[] = [];

// #region lifespan
let prices: ReadonlyMap<string, number> = new Map();

export const app = new App({ title: "Shop", version: "1.2.0", bodyLimit: 64_000, log: false });

app.lifespan(async function* () {
  prices = await loadPrices(); // before the first request
  yield;
  events.push("closed"); // after the last one
});

export const readPrice = app.get("/prices/{name}", ({ path }) => ({ price: prices.get(path.name) ?? null }));
// #endregion lifespan

// #region mount
export const admin = new App({ title: "Shop administration", log: false });

admin.get("/users", () => ["ada", "grace"]);

app.mount("/admin", admin);
// #endregion mount

// #region listen
export async function serve(port = 8000): Promise<RunningServer> {
  return app.listen({ port, stopTimeout: 20_000, limits: { requestTimeout: 60_000, maxTargetBytes: 4_096 } });
}
// #endregion listen

export const setPrice = app.put("/prices/{name}", async ({ request }) => {
  const bytes = await request.body.bytes(8);
  return { bytes: bytes.length };
});

async function loadPrices(): Promise<ReadonlyMap<string, number>> {
  events.push("opened");
  return new Map([["tea", 3]]);
}
