/** Headers that tell browsers what an answer is not for: docs/security-headers.md. */

import { App } from "apus";
import { securityHeaders } from "apus/middleware/security-headers";

export const app = new App({ log: false });

// #region defaults
app.use(securityHeaders());
// #endregion defaults

app.get("/", () => ({ hello: "world" }));

export const strict = new App({ log: false });

// #region strict
strict.use(
  securityHeaders({
    contentSecurityPolicy: { "default-src": "'none'", "frame-ancestors": "'none'" },
    permissionsPolicy: "camera=(), microphone=()",
    crossOriginResourcePolicy: "cross-origin",
    frameOptions: false,
  }),
);
// #endregion strict

strict.get("/", () => ({ hello: "world" }));
