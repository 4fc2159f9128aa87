/** From http to https: docs/https-redirect.md. */

import { App } from "apus";
import { httpsRedirect } from "apus/middleware/https-redirect";
import { proxyHeaders } from "apus/middleware/proxy-headers";
import { trustedHosts } from "apus/middleware/trusted-hosts";

export const app = new App({ log: false });

// #region redirect
app.use(proxyHeaders({ trust: ["10.0.0.0/8"] }));
app.use(trustedHosts({ hosts: ["example.com", "www.example.com"] }));
app.use(httpsRedirect());
// #endregion redirect

app.get("/items", () => []);

export const single = new App({ log: false });

// #region host
single.use(
  httpsRedirect({ host: "example.com", hsts: { maxAge: 63_072_000, includeSubDomains: true, preload: true } }),
);
// #endregion host

single.get("/items", () => []);
