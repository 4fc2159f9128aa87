/** Dependencies that read the body: parsed once, validated by each, refused before nothing but security. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, bearer, dependency, upload } from "apus";
import { testClient } from "apus/testing";
import { z } from "zod";
import { onEveryEdge } from "./edges.ts";

const quiet = { log: false } as const;

const Tenant = z.object({ tenant: z.string().min(2) });
const tenant = dependency({ body: Tenant }, ({ body }) => body.tenant);
const account = dependency({ use: { tenant } }, (input) => `${input.tenant}/main`);
const order = z.object({ item: z.string(), tenant: z.string().min(2) });

function buildOrders(): App {
  const app = new App(quiet);
  app.post("/orders", { body: order, use: { account } }, (input) => ({
    item: input.body.item,
    account: input.account,
  }));
  app.post("/accounts", { use: { account, tenant } }, (input) => [input.account, input.tenant]);
  return app;
}

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

type Fetch = (path: string, init: RequestInit) => Promise<Response>;

async function postJson(fetch: Fetch, path: string, body: unknown): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(body), headers });
  return { status: answer.status, json: await answer.json() };
}

const listPointers = (json: unknown): readonly string[] =>
  (json as { errors: readonly { in: string; pointer: string }[] }).errors.map(
    (issue) => `${issue.in} ${issue.pointer}`,
  );

onEveryEdge("the operation and its dependencies each have their part of one body", buildOrders, async (client) => {
  const fetch: Fetch = (path, init) => client.fetch(path, init);
  const whole = await postJson(fetch, "/orders", { item: "cup", tenant: "acme" });
  assert.deepEqual(whole, { status: 200, json: { item: "cup", account: "acme/main" } });
  const alone = await postJson(fetch, "/accounts", { tenant: "acme" });
  assert.deepEqual(alone, { status: 200, json: ["acme/main", "acme"] });
});

onEveryEdge("what several find wrong with a body is said once", buildOrders, async (client) => {
  const fetch: Fetch = (path, init) => client.fetch(path, init);
  const wrong = await postJson(fetch, "/orders", { tenant: "a" });
  assert.equal(wrong.status, 422);
  assert.deepEqual(listPointers(wrong.json).toSorted(), ["body /item", "body /tenant"]);
  const missing = await client.fetch("/accounts", { method: "POST" });
  assert.equal(missing.status, 422);
  assert.deepEqual(listPointers(await missing.json()), ["body "]);
  const headers = { "content-type": "application/json" };
  assert.equal((await client.fetch("/accounts", { method: "POST", body: "{", headers })).status, 400);
  assert.equal((await client.fetch("/accounts", { method: "POST", body: "a=1" })).status, 415);
});

onEveryEdge(
  "forms are read by several, with files and without",
  () => {
    const app = new App(quiet);
    const amount = dependency({ form: z.object({ amount: z.int() }) }, ({ form }) => form.amount);
    const name = z.object({ name: z.string() });
    app.post("/forms", { form: name, use: { amount } }, (input) => [input.form.name, input.amount]);
    app.post("/alone", { use: { amount } }, (input) => input.amount);
    app.post("/files", { files: { picture: upload() }, use: { amount } }, (input) => [
      input.files.picture.size,
      input.amount,
    ]);
    return app;
  },
  async (client) => {
    const send = async (path: string, body: URLSearchParams | FormData): Promise<unknown> =>
      (await client.fetch(path, { method: "POST", body })).json();
    assert.deepEqual(await send("/forms", new URLSearchParams({ name: "a", amount: "3" })), ["a", 3]);
    assert.deepEqual(await send("/alone", new URLSearchParams({ amount: "3" })), 3);
    const form = new FormData();
    form.set("name", "b");
    form.set("amount", "4");
    assert.deepEqual(await send("/forms", form), ["b", 4]);
    form.delete("name");
    form.set("picture", new Blob(["12345"]), "a.png");
    assert.deepEqual(await send("/files", form), [5, 4]);
    assert.deepEqual(listPointers(await send("/forms", new URLSearchParams({ amount: "x" }))).toSorted(), [
      "form /amount",
      "form /name",
    ]);
  },
);

onEveryEdge(
  "nobody who is refused by security has the body of a dependency read",
  () => {
    const app = new App(quiet);
    const token = bearer();
    const owner = dependency({ body: Tenant, use: { token } }, (input) => input.body.tenant);
    app.post("/", { use: { owner } }, (input) => input.owner);
    return app;
  },
  async (client) => {
    const headers = { "content-type": "application/json" };
    assert.equal((await client.fetch("/", { method: "POST", body: "{", headers })).status, 401);
    const allowed = { ...headers, authorization: "Bearer x" };
    assert.equal((await client.fetch("/", { method: "POST", body: "{", headers: allowed })).status, 400);
    const answer = await client.fetch("/", { method: "POST", body: '{"tenant":"acme"}', headers: allowed });
    assert.equal(await answer.json(), "acme");
  },
);

test("what replaces a dependency needs no body, or another one", async () => {
  const app = new App(quiet);
  app.post("/", { use: { account } }, (input) => input.account);
  await using client = await testClient(app);
  {
    using _tenant = app.override(tenant, "fixed");
    assert.equal(await (await client.fetch("/", { method: "POST" })).json(), "fixed/main");
  }
  const other = dependency({ form: z.object({ name: z.string() }) }, ({ form }) => form.name);
  using _other = app.override(tenant, other);
  const answer = await client.fetch("/", { method: "POST", body: new URLSearchParams({ name: "posted" }) });
  assert.equal(await answer.json(), "posted/main");
});

test("the document has one body for all who read it", async () => {
  const app = new App(quiet);
  app.post("/orders", { body: order, use: { account } }, () => null);
  app.post("/accounts", { use: { account } }, () => null);
  app.post("/same", { body: Tenant, use: { account } }, () => null);
  const document = await app.openapi();
  const schemaOf = (path: string): Record<string, unknown> => {
    const body = document.paths[path]?.post?.requestBody as {
      readonly required: boolean;
      readonly content: Record<string, { readonly schema: Record<string, unknown> }>;
    };
    assert.equal(body.required, true);
    return body.content["application/json"]?.schema ?? {};
  };
  assert.equal((schemaOf("/orders")["allOf"] as unknown[]).length, 2);
  assert.equal(typeof schemaOf("/accounts")["$ref"], "string");
  assert.deepEqual(schemaOf("/same"), schemaOf("/accounts"));
});

const fields = dependency({ form: z.object({ name: z.string() }) }, ({ form }) => form);

for (const [title, declare, message] of [
  [
    "JSON of the operation and a form of a dependency",
    (app: App) => app.post("/", { body: order, use: { fields } }, () => null),
    /declares form, where the operation declares body/,
  ],
  [
    "JSON and a form of two dependencies",
    (app: App) => app.post("/", { use: { fields, tenant } }, () => null),
    /declares body, where another dependency declares form/,
  ],
  [
    "files and JSON",
    (app: App) => app.post("/", { files: { picture: upload() }, use: { tenant } }, () => null),
    /declares body, where the operation declares form/,
  ],
  [
    "something that runs before the body is read and uses one that needs it",
    (app: App) =>
      app.post("/", { use: { gate: dependency({ early: true, use: { tenant } }, () => null) } }, () => null),
    /cannot need the body/,
  ],
  [
    "a WebSocket",
    (app: App) => app.websocket("/", { use: { tenant } }, () => undefined),
    /needs a body, which a handshake never has/,
  ],
] as const) {
  test(`refused at the start: ${title}`, async () => {
    const app = new App(quiet);
    declare(app);
    await assert.rejects(app.openapi(), { code: "APUS_BAD_OPTION", message });
  });
}

test("refused where it is declared: two kinds of body, an optional one, one for the app", () => {
  const refused = { code: "APUS_BAD_OPTION" };
  assert.throws(() => dependency({ body: Tenant, form: Tenant }, () => 1), refused);
  assert.throws(() => dependency({ body: Tenant, optional: true }, () => 1), refused);
  assert.throws(() => dependency({ body: Tenant, scope: "app" } as never, () => 1), refused);
});
