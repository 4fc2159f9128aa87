/** Answers of every kind: docs/outputs.md. */

import { App, empty, html, redirect, reply, text } from "apus";
import { z } from "zod";

export const app = new App({ log: false });

// #region strip
const User = z.object({ id: z.int(), name: z.string(), joined: z.date() });

export const readUser = app.get("/users/{id:int}", { response: User }, ({ path }) => {
  const row = { id: path.id, name: "Ada", joined: new Date("2026-01-02"), password: "s3cret" };
  return row; // `password` never leaves
});
// #endregion strip

// #region statuses
const Job = z.object({ job: z.int() });

export const startImport = app.post(
  "/imports",
  { body: z.object({ rows: z.int() }), response: User, responses: { 202: Job } },
  ({ body }) => {
    if (body.rows > 1000) return reply(202, { job: 1 }, { headers: { location: "/jobs/1" } });
    return { id: 1, name: "Ada", joined: new Date(0) };
  },
);

export const createUser = app.post("/users", { response: User, status: 201 }, ({ response }) => {
  response.setHeader("location", "/users/1");
  return { id: 1, name: "Ada", joined: new Date(0) };
});

export const saveUser = app.put(
  "/users/{id:int}",
  { response: User, responses: { 201: User } },
  ({ path, response }) => {
    if (path.id > 1) response.status = 201; // it is new
    return { id: path.id, name: "Ada", joined: new Date(0) };
  },
);
// #endregion statuses

// #region kinds
export const robots = app.get("/robots.txt", () => text("User-agent: *\nDisallow: /"));
export const home = app.get("/", () => html("<h1>Hello</h1>"));
export const old = app.get("/old", () => redirect("/new", { status: 308 }));
export const remove = app.delete("/users/{id:int}", () => empty());
export const raw = app.get("/raw", () => new Response("a,b\n1,2\n", { headers: { "content-type": "text/csv" } }));
// #endregion kinds

// #region cookies
export const signIn = app.post("/session", ({ response }) => {
  response.setCookie("session", "abc 123", { maxAge: 3_600, sameSite: "strict" });
  return empty();
});

export const signOut = app.delete("/session", ({ response }) => {
  response.deleteCookie("session");
});
// #endregion cookies

/** What handlers return in the table of JSON values. */
export const values: Readonly<Record<string, () => unknown>> = {
  date: () => ({ at: new Date(0) }),
  bigint: () => ({ big: 2n ** 64n }),
  missing: () => ({ a: 1, b: undefined }),
  null: () => null,
  text: () => "text",
  nan: () => [Number.NaN],
  row: () => Object.assign(Object.create(null) as object, { a: 1 }),
  url: () => ({ at: new URL("http://localhost/x") }),
  map: () => new Map([["a", 1]]),
  set: () => new Set([1]),
  generator: () => [1].values(),
  function: () => () => 1,
  cycle: () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    return cycle;
  },
};

for (const [name, make] of Object.entries(values)) app.get(`/values/${name}`, make);

export const wrong = app.get("/wrong", { response: User }, () => ({
  id: 1,
  name: "Ada",
  joined: new Date(Number.NaN),
}));
export const injected = app.get("/injected", ({ response }) => response.setHeader("x-name", "a\r\nset-cookie: b=c"));
export const away = app.get("/away", () => redirect("//evil.example"));
