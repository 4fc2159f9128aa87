/** Rate limits through an app: counted for every answer, refused as a problem document, per router too. */

import assert from "node:assert/strict";
import { App, Router } from "apus";
import { rateLimit } from "apus/middleware/rate-limit";
import { onEveryEdge } from "./edges.ts";

let runs = 0;

function buildLimited(): App {
  runs = 0;
  const app = new App({ log: false });
  app.use(rateLimit({ limit: 5, window: 60_000, skip: (request) => request.path === "/health" }));
  const logins = new Router({ prefix: "/logins" });
  logins.use(
    rateLimit({ name: "login", limit: 1, window: 60_000, key: (request) => request.headers.get("x-user") ?? "" }),
  );
  logins.post("/", () => {
    runs += 1;
  });
  app.get("/", () => ({ runs: (runs += 1) }));
  app.include(logins);
  return app;
}

onEveryEdge("everything counts, errors too; beyond the limit no handler runs", buildLimited, async (client) => {
  for (const [path, status, left] of [
    ["/", 200, 4],
    ["/nothing", 404, 3],
    ["/", 200, 2],
  ] as const) {
    const answer = await client.fetch(path);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("ratelimit-policy"), '"default";q=5;w=60');
    assert.match(answer.headers.get("ratelimit") ?? "", new RegExp(`^"default";r=${left};t=\\d+$`));
  }
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.fetch("/")));
  assert.equal(answers.filter(({ status }) => status === 200).length, 2);
  const refused = answers.find(({ status }) => status === 429) ?? assert.fail("none was refused");
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  assert.match(refused.headers.get("retry-after") ?? "", /^[1-9]\d{0,2}$/);
  assert.equal(((await refused.json()) as { title: string }).title, "Too Many Requests");
  assert.equal(runs, 4);
  assert.equal((await client.fetch("/health")).status, 200);
});

onEveryEdge("171: X-Forwarded-For of a client changes nothing", buildLimited, async (client) => {
  const statuses: number[] = [];
  for (let turn = 0; turn < 7; turn += 1) {
    const headers = { "x-forwarded-for": `10.0.0.${turn}`, forwarded: `for=10.0.0.${turn}` };
    statuses.push((await client.fetch("/", { headers })).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429]);
});

onEveryEdge("a router's limit has its own key and name, beside the app's", buildLimited, async (client) => {
  const login = (user: string): Promise<Response> =>
    client.fetch("/logins", { method: "POST", headers: { "x-user": user } });
  const first = await login("a");
  assert.equal(first.status, 204);
  assert.equal(first.headers.get("ratelimit-policy"), '"login";q=1;w=60, "default";q=5;w=60');
  const refused = await login("a");
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get("ratelimit") ?? "", /^"login";r=0;t=\d+, "default";r=3;t=\d+$/);
  assert.equal((await login("b")).status, 204);
});
