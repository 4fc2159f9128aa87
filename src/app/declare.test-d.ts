/** What a declaration gives to its handler, what it refuses, and what its client is typed as. */

import { z } from "zod";
import type { Client, ClientOutcome } from "../client/client-types.ts";
import type { Operation } from "../operation/operation.ts";
import { reply, text } from "../operation/reply.ts";
import { App } from "./app.ts";
import { Router } from "./router.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_holds: Same<A, B>): void => {};

const Item = z.object({ id: z.int(), name: z.string(), made: z.date().optional() });
const NewItem = z.object({ name: z.string(), count: z.int().default(1) });
const app = new App();

app.get("/wait/{seconds:int}/{name}", ({ path, signal, log, requestId }) => {
  same<typeof path.seconds, number>(true);
  same<typeof path.name, string>(true);
  same<typeof signal, AbortSignal>(true);
  same<typeof requestId, string>(true);
  log.info("fine");
  // @ts-expect-error -- the template has no such parameter
  return path.other;
});

// @ts-expect-error -- no query is declared
app.get("/plain", ({ query }) => query);

// @ts-expect-error -- an option that does not exist
app.get("/slip", { qeury: z.object({}) }, () => 1);

// @ts-expect-error -- a schema is needed, not a plain object
app.get("/no-schema", { query: { limit: "int" } }, () => 1);

// @ts-expect-error -- a handler is needed
app.get("/no-handler", { query: z.object({}) });

// @ts-expect-error -- the response schema wants an id and a name
app.get("/wrong", { response: Item }, () => ({ id: 1 }));

// @ts-expect-error -- also from an async handler
app.get("/wrong-later", { response: Item }, async () => ({ id: "1", name: "x" }));

// Literals of a result are typed by the response schema, without `as const`.
const Sized = z.object({ size: z.enum(["small", "large"]), pair: z.tuple([z.string(), z.int()]) });
app.get("/literal", { response: Sized }, () => ({ size: "small", pair: ["a", 1] }));
app.get("/literal-later", { response: Sized }, async ({ path }) => ({
  size: "large",
  pair: [JSON.stringify(path), 1],
}));
// @ts-expect-error -- no such size
app.get("/no-such-literal", { response: Sized }, () => ({ size: "medium", pair: ["a", 1] }));

app.get("/fine", { response: Item }, () => ({ id: 1, name: "x" }));
app.get("/reply", { response: Item, responses: { 202: Item } }, () => reply(202, { id: 1, name: "x" }));
app.get("/platform", { response: Item }, () => new Response("x"));

app.post(
  "/inputs",
  { body: NewItem, query: z.object({ q: z.string() }), headers: z.object({ "x-a": z.string() }) },
  (input) => {
    same<typeof input.body, { name: string; count: number }>(true);
    same<typeof input.query.q, string>(true);
    same<(typeof input.headers)["x-a"], string>(true);
    // @ts-expect-error -- no form is declared
    return input.form;
  },
);

app.get("/typed/{id}", { path: z.object({ id: z.int() }) }, ({ path }) => {
  same<typeof path.id, number>(true);
});

// A router's prefix is part of the path, and its parameters of the input.
const router = new Router({ prefix: "/users/{user:int}" });
const readPost = router.get(
  "/posts/{slug}",
  { response: Item, errors: { 404: z.object({ id: z.int() }), 409: "Taken" } },
  ({ path }) => {
    same<typeof path.user, number>(true);
    return { id: path.user, name: path.slug };
  },
);
same<typeof readPost.path, "/users/{user:int}/posts/{slug}">(true);
same<typeof readPost.method, "GET">(true);

const createPost = router.post("/", { body: NewItem, response: Item, status: 201 }, () => ({ id: 1, name: "x" }));
same<typeof createPost.path, "/users/{user:int}">(true);
const page = router.get("/page", () => text("hello"));
const plain = router.get("/plain", () => ({ at: new Date(), big: 1n, list: [1] }));
export const anyOperation: Operation = readPost;

// A custom converter types its parameter.
const custom = new Router({
  converters: {
    date: {
      parse: (given: string) => new Date(given),
      format: (day: Date) => day.toISOString(),
      schema: {},
      expected: "a date",
    },
  },
});
custom.get("/on/{day:date}", ({ path }) => {
  same<typeof path.day, Date>(true);
});

// The client is typed from the module.
interface Module {
  readonly readPost: typeof readPost;
  readonly createPost: typeof createPost;
  readonly page: typeof page;
  readonly plain: typeof plain;
  readonly somethingElse: number;
}
declare const client: Client<Module>;

export async function calls(): Promise<void> {
  const post = await client.get("/users/{user:int}/posts/{slug}", { path: { user: 1, slug: "a" } });
  same<typeof post.name, string>(true);
  same<typeof post.made, string | undefined>(true);
  const made = await client.post("/users/{user:int}", { path: { user: 1 }, body: { name: "x" } });
  same<typeof made.id, number>(true);
  same<Awaited<ReturnType<typeof readPage>>, string>(true);
  const value = await client.get("/users/{user:int}/plain", { path: { user: 1 } });
  same<typeof value.at, string>(true);
  same<typeof value.big, string>(true);

  // @ts-expect-error -- there is no such path
  await client.get("/nowhere");
  // @ts-expect-error -- this path has no DELETE
  await client.delete("/users/{user:int}", { path: { user: 1 } });
  // @ts-expect-error -- the path's parameters are missing
  await client.get("/users/{user:int}/posts/{slug}");
  // @ts-expect-error -- a parameter has the wrong type
  await client.get("/users/{user:int}/posts/{slug}", { path: { user: "1", slug: "a" } });
  // @ts-expect-error -- the body is missing
  await client.post("/users/{user:int}", { path: { user: 1 } });
  // @ts-expect-error -- a body that does not fit
  await client.post("/users/{user:int}", { path: { user: 1 }, body: { name: 1 } });

  const outcome: ClientOutcome<typeof readPost> = await client.get.outcome("/users/{user:int}/posts/{slug}", {
    path: { user: 1, slug: "a" },
  });
  if (outcome.ok) same<typeof outcome.data.id, number>(true);
  else if (outcome.status === 404) same<typeof outcome.problem.id, number>(true);
  else if (outcome.status === 422) same<(typeof outcome.problem.errors)[0]["pointer"], string>(true);
  else same<typeof outcome.status, 409>(true);
}

const readPage = () => client.get("/users/{user:int}/page", { path: { user: 1 } });

// @ts-expect-error -- a converter has functions
export const noConverter: unknown = new Router({ converters: { slug: 5 } });
