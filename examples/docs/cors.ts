/** Which other origins may read an API: docs/cors.md. */

import { App } from "apus";
import { cors } from "apus/middleware/cors";

export const app = new App({ log: false });

// #region listed
app.use(cors({ origins: ["https://shop.example", "http://localhost:5173"], credentials: true }));
// #endregion listed

app.get("/items", () => [{ name: "Lamp" }]);

export const open = new App({ log: false });

// #region open
open.use(cors({ origins: "*" }));
// #endregion open

open.get("/items", () => [{ name: "Lamp" }]);

export const tenants = new App({ log: false });

// #region pattern
tenants.use(cors({ origins: (origin) => origin.startsWith("https://") && origin.endsWith(".shop.example") }));
// #endregion pattern

tenants.get("/items", () => [{ name: "Lamp" }]);
