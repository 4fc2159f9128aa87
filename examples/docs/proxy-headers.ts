/** An app behind proxies: docs/proxy-headers.md. */

import { App } from "apus";
import { proxyHeaders } from "apus/middleware/proxy-headers";

export const app = new App({ log: false });

// #region addresses
app.use(proxyHeaders({ trust: ["127.0.0.1", "10.0.0.0/8", "fd00::/8"] }));
// #endregion addresses

app.get("/", ({ request }) => ({ address: request.remoteAddress }));

export const counted = new App({ log: false });

// #region count
counted.use(proxyHeaders({ trust: 1 }));
// #endregion count

counted.get("/", ({ request }) => ({ address: request.remoteAddress, scheme: request.scheme }));

export const standard = new App({ log: false });

// #region forwarded
standard.use(proxyHeaders({ trust: 1, headers: "forwarded" }));
// #endregion forwarded

standard.get("/", ({ request }) => ({ address: request.remoteAddress, host: request.headers.get("host") }));
