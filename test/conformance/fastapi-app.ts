/** The endpoints of FastAPI's tutorial and tests that their users would try first, declared with Apus. */

import { App, empty, fail, HttpError, reply, redirect, ValidationError } from "apus";
import { z } from "zod";

const Model = z.enum(["alexnet", "resnet"]);

const Item = z.object({
  name: z.string().min(1),
  price: z.number().positive(),
  tax: z.number().nullish(),
  tags: z.array(z.string()).default([]),
  owner: z.object({ email: z.email() }).optional(),
});

const User = z.object({ id: z.int(), name: z.string() });

class Unicorn extends Error {}

function addRouting(app: App): void {
  app.get("/ints/{n}", { path: z.object({ n: z.int() }) }, ({ path }) => path);
  app.get("/converted/{n:int}", ({ path }) => path);
  app.get("/models/{name}", { path: z.object({ name: Model }) }, ({ path }) => path);
  app.get("/users/{id}", ({ path }) => path);
  app.get("/users/me", () => "literal");
  app.get("/files/{rest:path}", ({ path }) => path);
  app.get("/segments/{text}", ({ path }) => path);
  app.get("/many", () => "get");
  app.post("/many", () => "post");
  app.get("/slash/", () => "slash");
}

function addParameters(app: App): void {
  const query = z.object({
    n: z.int().optional(),
    big: z.coerce.bigint().optional(),
    l: z.array(z.int()).default([]),
    q: z.string().optional(),
    flag: z.boolean().optional(),
    limit: z.int().min(1).max(100).default(10),
  });
  app.get("/query", { query }, ({ query: values }) => values);
  app.get("/required", { query: z.object({ q: z.string() }) }, ({ query: values }) => values);
  app.get("/nullable", { query: z.object({ n: z.int().nullable() }) }, ({ query: values }) => values);
  app.get("/forbid", { query: z.strictObject({ q: z.string().optional() }) }, ({ query: values }) => values);
  app.get(
    "/headers",
    { headers: z.object({ "user-agent": z.string(), "x-t": z.string().optional() }) },
    ({ headers }) => headers,
  );
  app.get("/cookies", { cookies: z.object({ ads: z.int().optional() }) }, ({ cookies }) => cookies);
  app.post("/login", { form: z.object({ name: z.string(), age: z.int().default(18) }) }, ({ form }) => form);
}

function addBodies(app: App): void {
  app.post("/items", { body: Item }, ({ body }) => body);
  app.post("/list", { body: z.array(z.int()) }, ({ body }) => body);
  app.post("/scalar", { body: z.int() }, ({ body }) => body);
  app.post("/weights", { body: z.record(z.string(), z.number()) }, ({ body }) => body);
  app.post("/strict", { body: z.strictObject({ a: z.int() }) }, ({ body }) => body);
  app.post("/both", { body: z.object({ item: Item, user: User }) }, ({ body }) => body);
  app.patch("/items", { body: Item.partial() }, ({ body }) => Object.keys(body));
  const query = z.object({ q: z.int() });
  app.post("/everything/{id}", { path: z.object({ id: z.int() }), query, body: Item }, ({ body }) => body);
}

function addResponses(app: App): void {
  app.get("/filtered", { response: User }, () => ({ id: 1, name: "Ada", password: "secret" }));
  app.get("/invalid", { response: User }, () => ({ id: "one" }) as never);
  app.get("/null", () => null);
  app.get("/nothing", () => {});
  app.delete("/gone", () => empty());
  app.post("/created", { status: 201, response: User }, () => ({ id: 1, name: "Ada" }));
  app.get("/changed", ({ response }) => {
    response.status = 203;
    response.setHeader("x-mine", "1");
    response.setCookie("a", "b");
    return "changed";
  });
  app.get("/direct", ({ response }) => {
    response.setHeader("x-mine", "1");
    return new Response("<a/>", { headers: { "content-type": "application/xml" } });
  });
  app.get("/nan", () => ({ value: Number.NaN }));
  app.get("/set", () => new Set([1]));
  app.get("/unicode", () => ({ text: "é" }));
  app.get("/redirect", () => redirect("/many"));
  app.get("/accepted", { response: User, responses: { 202: z.object({ job: z.int() }) } }, () =>
    reply(202, { job: 1 }),
  );
}

function addErrors(app: App): void {
  app.get("/missing", () => fail(404, "There is no such item.", { headers: { "x-error": "here" } }));
  app.get("/structured", () => fail(409, { detail: "taken", holder: { id: 1 } }));
  app.get("/crash", () => {
    throw new Error("secret");
  });
  app.get("/unicorn", () => {
    throw new Unicorn("yolo");
  });
  app.get("/http-unicorn", () => fail(418, "handled"));
  app.onError(Unicorn, (error) => reply(418, { message: error.message }));
  app.onError(HttpError, (error) => (error.status === 418 ? reply(418, { handled: true }) : undefined));
  app.onError(ValidationError, (error, { request }) =>
    request.headers.get("x-own-issues") === undefined ? undefined : reply(400, { count: error.issues.length }),
  );
}

/** A silent app with all of them. */
export function buildFastapiApp(): App {
  const app = new App({ log: false, mode: "production" });
  for (const add of [addRouting, addParameters, addBodies, addResponses, addErrors]) add(app);
  return app;
}
