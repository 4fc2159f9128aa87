/** An app whose handler forgets a promise that is rejected later: asked at both edges, it logs and goes on. */

import { setTimeout as sleep } from "node:timers/promises";
import { App } from "apus";
import { testClient } from "apus/testing";

for (const edge of ["process", "socket"]) {
  const app = new App({ log: { pretty: false } });
  app.get("/late", () => {
    void sleep(5).then(() => Promise.reject(new Error("forgotten")));
    return "answered";
  });
  const client = await testClient(app, { socket: edge === "socket" });
  await client.fetch("/late", { headers: { "x-request-id": `${edge}-1` } });
  await sleep(50);
  const again = await client.fetch("/late");
  app.log.info(`still answering: ${again.status}`);
  await client.close();
}
