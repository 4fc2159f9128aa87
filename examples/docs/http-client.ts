/** Calls to other services: docs/http-client.md. */

import { App, fail, stream } from "apus";
import { all, firstOf, httpClient, UpstreamError } from "apus/http-client";
import { z } from "zod";

export const app = new App({ log: false });

// #region declare
const Price = z.object({ product: z.string(), amount: z.number() });

export const prices = httpClient({ baseUrl: "https://prices.example/v1", name: "prices" });

app.get("/products/{id}/price", { use: { prices }, response: Price }, (input) =>
  input.prices.get("/prices/{id}", { path: { id: input.path.id }, response: Price }),
);
// #endregion declare

// #region send
const Order = z.object({ product: z.string(), count: z.int() });

app.post("/orders", { use: { prices }, body: Order, status: 201 }, async (input) => {
  const { body, requestId } = input;
  const headers = { "idempotency-key": requestId };
  const answer = await input.prices.post("/orders", { json: body, headers });
  return { status: answer.status, location: answer.headers.get("location") };
});
// #endregion send

// #region none
app.get("/products/{id}/discount", { use: { prices } }, async (input) => {
  const { id } = input.path;
  const discount = await input.prices.get("/discounts/{id}", { path: { id }, response: Price, none: [404] });
  return discount ?? { product: id, amount: 0 };
});
// #endregion none

// #region errors
app.get("/products/{id}/estimate", { use: { prices } }, async (input) => {
  const { id } = input.path;
  try {
    return await input.prices.get("/prices/{id}", { path: { id }, response: Price, timeouts: { total: 500 } });
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (error.kind === "status" && error.answer?.status === 410) fail(404, `${id} is not sold any more.`);
    return { product: id, amount: 100, isEstimate: true };
  }
});
// #endregion errors

// #region options
export const stock = httpClient({
  baseUrl: "https://stock.example",
  headers: { "x-api-key": "k3y" },
  timeouts: { connect: 1_000, head: 2_000, total: 5_000 },
  retries: { limit: 3, base: 50 },
  breaker: { ratio: 0.5, minimum: 20, pause: 5_000 },
  concurrency: 32,
  queue: 128,
  maxBytes: 1_000_000,
  check: "/health",
});
// #endregion options

// #region stream
app.get("/export", { use: { stock } }, async (input) => {
  const rows = await input.stock.stream("/rows.csv");
  if (!rows.ok) fail(502, "There is no export now.");
  return stream(rows, { mediaType: "text/csv" });
});
// #endregion stream

// #region together
app.get("/products/{id}", { use: { prices, stock } }, async (input) => {
  const path = { id: input.path.id };
  const Count = z.object({ count: z.int() });
  const [price, inStock] = await all([
    (signal) => input.prices.get("/prices/{id}", { path, signal, response: Price }),
    (signal) => input.stock.get("/stock/{id}", { path, signal, response: Count }),
  ]);
  return { ...price, ...inStock };
});

app.get("/rate", { use: { prices, stock } }, (input) =>
  firstOf([
    (signal) => input.prices.get("/rate", { signal, response: z.number() }),
    (signal) => input.stock.get("/rate", { signal, response: z.number() }),
  ]),
);
// #endregion together

// #region untrusted
export const web = httpClient({ untrusted: true, name: "the web", maxBytes: 100_000, timeouts: { total: 5_000 } });

app.post("/previews", { use: { web }, body: z.object({ url: z.string() }) }, async (input) => {
  const page = await input.web.get(input.body.url);
  return { title: /<title>([^<]{0,200})/i.exec(page.text())?.[1] ?? "" };
});
// #endregion untrusted

// #region check
app.get("/upstreams", { use: { prices, stock } }, async (input) => {
  const checks = await Promise.allSettled([input.prices.check(), input.stock.check()]);
  if (checks.some(({ status }) => status === "rejected")) fail(503);
  return { prices: input.prices.stats(), stock: input.stock.stats() };
});
// #endregion check
