/** Requests that only our own pages may send: docs/csrf.md. */

import { App } from "apus";
import { csrf } from "apus/middleware/csrf";

export const app = new App({ log: false });

// #region guard
app.use(csrf({ origins: ["https://admin.example.com"] }));
// #endregion guard

app.post("/transfers", () => ({ done: true }));
