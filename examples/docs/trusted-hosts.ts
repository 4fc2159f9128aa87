/** Hosts that an app answers for: docs/trusted-hosts.md. */

import { App } from "apus";
import { trustedHosts } from "apus/middleware/trusted-hosts";

export const app = new App({ log: false });

// #region hosts
app.use(trustedHosts({ hosts: ["example.com", "*.example.com", "127.0.0.1"] }));
// #endregion hosts

app.get("/", () => ({ hello: "world" }));
