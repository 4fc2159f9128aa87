/** Errors that answer: docs/errors.md. */

import { App, fail, HttpError, type Logger, reply } from "apus";
import { z } from "zod";
import { createMemoryLogger, type Line } from "./logging.ts";

/** What was logged. */
export const lines: Line[] = [];
const logger: Logger = createMemoryLogger(lines);

export const app = new App({ log: logger });

// #region fail
const OutOfStock = z.object({ left: z.int() });

export const order = app.post(
  "/orders",
  { body: z.object({ amount: z.int().min(1) }), errors: { 409: OutOfStock, 503: "The shop is closed" } },
  ({ body }) => {
    if (body.amount > 3) fail(409, { detail: "There are only 3.", left: 3, warehouse: "B7" });
    return { ordered: body.amount };
  },
);
// #endregion fail

// #region throw
export const report = app.get("/report", async () => {
  try {
    return await readUpstream();
  } catch (cause) {
    throw new HttpError(502, "The upstream failed.", { cause, headers: { "retry-after": "30" } });
  }
});
// #endregion throw

// #region handler
class PaymentRefused extends Error {
  readonly reason = "card expired";
}

app.onError(PaymentRefused, (error) => reply(402, { title: "Payment refused", status: 402, reason: error.reason }));
// #endregion handler

export const pay = app.post("/payments", () => {
  throw new PaymentRefused("no");
});

export const bug = app.get("/bug", () => {
  throw new Error("a secret detail");
});

async function readUpstream(): Promise<never> {
  throw new Error("connection refused by 10.0.0.7");
}
