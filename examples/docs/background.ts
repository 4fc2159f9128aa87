/** Work after the answer, and answers that take too long: docs/background.md. */

import { setTimeout as sleep } from "node:timers/promises";
import { App } from "apus";
import { z } from "zod";

export const app = new App({ log: false });
export const mailed: string[] = [];

async function sendMail(to: string): Promise<void> {
  await sleep(5);
  mailed.push(to);
}

// #region background
app.post("/signup", { body: z.object({ email: z.email() }), status: 202 }, ({ body, background }) => {
  background(() => sendMail(body.email));
  return { message: "Look into your mailbox." };
});
// #endregion background

// #region timeout
app.get("/report", { timeout: 100 }, async ({ signal }) => {
  await sleep(60_000, undefined, { signal });
  return { rows: 7 };
});
// #endregion timeout
