/** Idempotency keys: docs/idempotency.md. */

import { App } from "apus";
import { idempotency } from "apus/middleware/idempotency";
import { z } from "zod";

export const app = new App({ log: false });
export const charges: number[] = [];

// #region use
app.use(idempotency());

app.post("/charges", { body: z.object({ cents: z.int() }), status: 201 }, ({ body }) => {
  charges.push(body.cents);
  return { charge: charges.length };
});
// #endregion use
