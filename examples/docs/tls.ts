/** Serving HTTPS without a proxy. */

import { readFile } from "node:fs/promises";
import { App, type RunningServer } from "apus";

export const app: App = new App({ log: false });

app.get("/scheme", ({ request }) => request.scheme);

// #region listen
export async function serveTls(folder: URL, port = 8443): Promise<RunningServer> {
  const [key, cert] = await Promise.all([
    readFile(new URL("localhost-key.pem", folder)),
    readFile(new URL("localhost-cert.pem", folder)),
  ]);
  return app.listen({ port, tls: { key, cert } });
}
// #endregion listen
