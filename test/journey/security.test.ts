/** Security schemes in whole apps: who is let in, who is refused before anything is read, and what is documented. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, dependency, Router, scoped, type EngineKind } from "apus";
import { jwt } from "apus/jwt";
import { testClient } from "apus/testing";
import { z } from "zod";
import { anyOf } from "../../src/security/any-of.ts";
import { apiKey } from "../../src/security/api-key.ts";
import { basic } from "../../src/security/basic.ts";
import { bearer } from "../../src/security/bearer.ts";
import { oauth2 } from "../../src/security/oauth2.ts";
import { passwordForm } from "../../src/security/password-form.ts";
import { requireScopes } from "../../src/security/required-scopes.ts";
import { validateOpenApi } from "../conformance/validate-openapi.ts";
import { onEveryEdge } from "./edges.ts";
import { exchange } from "./raw-connection.ts";
import { audience, forgeHmac, goodClaims, issuer, secret, serveKeys } from "./signing-keys.ts";

const quiet = { log: false } as const;
const rules = { issuer, audience, algorithms: ["HS256"], secret } as const;
const sign = (claims: object = {}): string => forgeHmac({ alg: "HS256" }, { ...goodClaims(), ...claims });
const bear = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

/** What ran, in order. */
let runs: string[] = [];

function buildShop(): App {
  runs = [];
  const app = new App({ ...quiet, title: "Shop", bodyLimit: 100 });
  const login = oauth2({
    flows: { password: { tokenUrl: "/token", scopes: { "items:read": "Read items", "items:write": "Change items" } } },
  });
  const claims = jwt({ ...rules, scheme: login });
  const user = dependency({ use: { claims } }, ({ claims: { sub } }) => {
    runs.push("user");
    return { name: sub };
  });
  const page = dependency({ query: z.object({ page: z.int() }) }, ({ query }) => query.page);
  app.post("/token", { form: passwordForm }, () => "token");
  app.get("/me", { use: { user } }, (input) => input.user);
  app.get("/items", { use: { user: scoped(user, "items:read"), page } }, ({ page: wanted }) => ({ page: wanted }));
  app.post(
    "/items",
    { body: z.object({ name: z.string() }), use: { user: scoped(user, "items:read", "items:write") } },
    ({ body }) => body,
  );
  return app;
}

function buildGates(): App {
  runs = [];
  const app = new App({ ...quiet, title: "Gates" });
  const key = apiKey({ in: "header", name: "x-api-key", keys: ["good-key"] });
  const password = basic({ verify: ({ username, password: sent }) => sent === "good" && { username } });
  const visitor = bearer({ name: "visitor", optional: true, verify: (token) => token === "good" && { name: "Ann" } });
  app.get("/key", { use: { key } }, () => "key");
  app.get("/password", { use: { password } }, (input) => input.password);
  app.get("/visitor", { use: { visitor } }, (input) => input.visitor ?? { name: "nobody" });
  app.get("/either", { use: { by: anyOf(jwt(rules), key) } }, ({ by }) => ({ by: typeof by }));
  const admin = new Router({ prefix: "/admin", use: [key] });
  admin.get("/stats", () => "stats");
  admin.get("/both", { use: { password } }, () => "both");
  app.include(admin);
  app.get("/open", () => "open");
  return app;
}

onEveryEdge("a token opens what its scopes allow", buildShop, async (client) => {
  assert.deepEqual(await (await client.fetch("/me", bear(sign()))).json(), { name: "ann" });
  const reader = sign({ scope: "items:read" });
  assert.deepEqual(await (await client.fetch("/items?page=2", bear(reader))).json(), { page: 2 });
  const refused = await client.fetch("/items", { method: "POST", ...bear(reader) });
  assert.equal(refused.status, 403);
  assert.equal(
    refused.headers.get("www-authenticate"),
    'Bearer error="insufficient_scope", scope="items:read items:write"',
  );
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(((await refused.json()) as { missing: unknown }).missing, ["items:write"]);
  assert.equal((await client.fetch("/items?page=1", bear(sign()))).status, 403);
  assert.deepEqual(runs, ["user", "user"]);
});

onEveryEdge("who is refused has no body read and no inputs judged", buildShop, async (client) => {
  for (const [authorization, challenge] of [
    [undefined, "Bearer"],
    ["Bearer nonsense", 'Bearer error="invalid_token"'],
    [`Basic ${sign()}`, "Bearer"],
  ] as const) {
    const headers = { "content-type": "text/plain", ...(authorization !== undefined && { authorization }) };
    const answer = await client.fetch("/items", { method: "POST", headers, body: "x".repeat(10_000) });
    assert.equal(answer.status, 401, authorization);
    assert.equal(answer.headers.get("www-authenticate"), challenge);
    assert.equal(answer.headers.get("cache-control"), null);
    await answer.text();
    const read = await client.fetch("/items?page=x", authorization === undefined ? {} : { headers });
    assert.equal(read.status, 401);
  }
  const token = sign({ scope: "items:read items:write" });
  assert.equal((await client.fetch("/items?page=x", bear(token))).status, 422);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const long = JSON.stringify({ name: "x".repeat(200) });
  assert.equal((await client.fetch("/items", { method: "POST", headers, body: long })).status, 413);
});

onEveryEdge("the login form is read, and what is wrong with it said", buildShop, async (client) => {
  const post = (form: Record<string, string>): Promise<Response> =>
    client.fetch("/token", { method: "POST", body: new URLSearchParams(form) });
  assert.equal((await post({ grant_type: "password", username: "ann", password: "pw" })).status, 200);
  const answer = await post({ grant_type: "code", username: "", password: "s3cr3t" });
  assert.equal(answer.status, 422);
  const content = await answer.text();
  const { errors } = JSON.parse(content) as { errors: readonly { pointer: string }[] };
  assert.deepEqual(errors.map(({ pointer }) => pointer).toSorted(), ["/grant_type", "/username"]);
  assert.doesNotMatch(content, /s3cr3t/);
  const twice = await client.fetch("/token", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "username=a&username=b&password=c",
  });
  assert.equal(twice.status, 422);
});

onEveryEdge("every kind of credential has its door", buildGates, async (client) => {
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await client.fetch(path, { headers })).status;
  const basicOf = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
  assert.equal(await status("/open"), 200);
  assert.equal(await status("/key"), 401);
  assert.equal(await status("/key", { "x-api-key": "good-key" }), 200);
  assert.equal(await status("/key", { "x-api-key": "bad-key" }), 401);
  assert.equal(await status("/password", { authorization: basicOf("ann:good") }), 200);
  assert.equal(await status("/password", { authorization: basicOf("ann:bad") }), 401);
  assert.deepEqual(await (await client.fetch("/visitor")).json(), { name: "nobody" });
  assert.deepEqual(await (await client.fetch("/visitor", bear("good"))).json(), { name: "Ann" });
  assert.equal(await status("/visitor", { authorization: "Bearer bad" }), 401);
  assert.deepEqual(await (await client.fetch("/either", bear(sign()))).json(), { by: "object" });
  assert.equal(await status("/either", { "x-api-key": "good-key" }), 200);
  assert.equal(await status("/either", { "x-api-key": "good-key", authorization: "Bearer bad" }), 401);
  const neither = await client.fetch("/either");
  assert.equal(neither.status, 401);
  assert.equal(neither.headers.get("www-authenticate"), 'Bearer, ApiKey in="header", name="x-api-key"');
});

onEveryEdge("a router's scheme guards all its routes, beside their own, and HEAD too", buildGates, async (client) => {
  const key = { "x-api-key": "good-key" };
  const authorization = `Basic ${Buffer.from("ann:good").toString("base64")}`;
  for (const method of ["GET", "HEAD"]) {
    assert.equal((await client.fetch("/admin/stats", { method })).status, 401);
    assert.equal((await client.fetch("/admin/stats", { method, headers: key })).status, 200);
  }
  assert.equal((await client.fetch("/admin/both", { headers: key })).status, 401);
  assert.equal((await client.fetch("/admin/both", { headers: { authorization } })).status, 401);
  assert.equal((await client.fetch("/admin/both", { headers: { ...key, authorization } })).status, 200);
});

for (const engine of ["net", "node"] as const satisfies readonly EngineKind[]) {
  test(`two authorization lines are chosen from by nobody (${engine})`, async () => {
    await using client = await testClient(buildGates(), { socket: engine });
    for (const second of ["Bearer good", "Bearer bad", "Basic YTpi"]) {
      const lines = `Authorization: Bearer good\r\nAuthorization: ${second}`;
      const text = `GET /visitor HTTP/1.1\r\nHost: a\r\n${lines}\r\nConnection: close\r\n\r\n`;
      const { status } = await exchange(client.baseUrl, text);
      assert.equal(status, 400, second);
    }
  });
}

test("schemes are documented: components, requirements with scopes, alternatives, 401 and 403", async () => {
  await using client = await testClient(buildShop());
  const document = (await (await client.fetch("/openapi.json")).json()) as any;
  assert.deepEqual(document.components.securitySchemes, {
    oauth2: {
      type: "oauth2",
      flows: {
        password: { tokenUrl: "/token", scopes: { "items:read": "Read items", "items:write": "Change items" } },
      },
    },
  });
  assert.equal(document.paths["/token"].post.security, undefined);
  assert.deepEqual(document.paths["/me"].get.security, [{ oauth2: [] }]);
  assert.deepEqual(document.paths["/items"].get.security, [{ oauth2: ["items:read"] }]);
  assert.deepEqual(document.paths["/items"].post.security, [{ oauth2: ["items:read", "items:write"] }]);
  assert.deepEqual(Object.keys(document.paths["/items"].post.responses), ["200", "401", "403", "422"]);
  assert.deepEqual(await validateOpenApi(document), []);
  await using other = await testClient(buildGates());
  const gates = (await (await other.fetch("/openapi.json")).json()) as any;
  const securityOf = (path: string): unknown => gates.paths[path].get.security;
  assert.deepEqual(securityOf("/visitor"), [{ visitor: [] }, {}]);
  assert.deepEqual(securityOf("/either"), [{ bearer: [] }, { "x-api-key": [] }]);
  assert.deepEqual(securityOf("/admin/both"), [{ "x-api-key": [], basic: [] }]);
  assert.equal(securityOf("/open"), undefined);
  assert.deepEqual(await validateOpenApi(gates), []);
});

test("two different schemes of one name do not start", async () => {
  const app = new App(quiet);
  app.get("/a", { use: { token: bearer() } }, () => "a");
  app.get("/b", { use: { token: bearer({ bearerFormat: "JWT" }) } }, () => "b");
  await assert.rejects(async () => {
    await using client = await testClient(app);
    await client.fetch("/openapi.json");
  }, /"bearer".*another name/);
});

test("a scheme used many times verifies once in a request", async () => {
  let count = 0;
  const user = bearer({ verify: () => ({ count: (count += 1) }) });
  const first = dependency({ use: { user } }, (input) => input.user);
  const second = dependency({ use: { user: scoped(user, "a") } }, (input) => input.user);
  const app = new App(quiet);
  app.get("/", { use: { first, second, user } }, (input) => [input.first, input.second, input.user]);
  await using client = await testClient(app);
  const answer = await client.fetch("/", bear("x"));
  assert.deepEqual(await answer.json(), [{ count: 1 }, { count: 1 }, { count: 1 }]);
});

test("verify is given the scopes of all uses, from the router down", async () => {
  const user = bearer({
    verify: (token, { scopes }) => {
      requireScopes(token.split("."), scopes);
      return { scopes };
    },
  });
  const inner = dependency({ use: { user: scoped(user, "inner") } }, (input) => input.user);
  const router = new Router({ use: [scoped(user, "router")] });
  router.get("/", { use: { inner: scoped(inner, "outer") } }, (input) => input.inner);
  const app = new App(quiet);
  app.include(router);
  await using client = await testClient(app);
  const answer = await client.fetch("/", bear("inner.outer.router"));
  assert.equal(answer.status, 200);
  const { scopes } = (await answer.json()) as { scopes: string[] };
  assert.deepEqual(scopes.toSorted(), ["inner", "outer", "router"]);
  const refused = await client.fetch("/", bear("inner.outer"));
  assert.equal(refused.status, 403);
  assert.deepEqual(((await refused.json()) as { missing: unknown }).missing, ["router"]);
});

test("tests put users in the place of schemes", async () => {
  const user = bearer({ verify: (): { name: string } | undefined => undefined });
  const app = new App(quiet);
  app.get("/", { use: { user } }, (input) => input.user);
  await using client = await testClient(app);
  assert.equal((await client.fetch("/")).status, 401);
  using _ = app.override(user, { name: "Test" });
  assert.deepEqual(await (await client.fetch("/")).json(), { name: "Test" });
});

test("keys that cannot be fetched are a 503, and the log says which error it was", async () => {
  await using server = await serveKeys([]);
  server.answer = "error";
  const claims = jwt({ issuer, audience, algorithms: ["RS256"], jwks: server.url });
  const app = new App(quiet);
  app.get("/", { use: { claims } }, () => "in");
  await using client = await testClient(app);
  const answer = await client.fetch("/", bear(forgeHmac({ alg: "RS256" }, goodClaims())));
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "5");
  assert.equal(answer.headers.get("www-authenticate"), null);
});
