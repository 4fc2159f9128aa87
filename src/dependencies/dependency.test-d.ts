/** Types of dependencies: what handlers see, what calls must give, and what does not compile. */

import { App, dependency, scoped, type ValueOf } from "apus";
import type { ClientInput } from "apus/client";
import { z } from "zod";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const assertType = <T extends true>(..._: readonly T[]): void => {};

const database = dependency({ scope: "app" }, async function* ({ log }) {
  log.info("open");
  yield { url: "db://" };
});
const page = dependency({ query: z.object({ page: z.int().default(1) }) }, ({ query }) => query.page);
const tenant = dependency({ headers: z.object({ "x-tenant": z.string() }), use: { database } }, async (input) => ({
  name: input.headers["x-tenant"],
  url: input.database.url,
}));
const filter = dependency({ optional: true, query: z.object({ from: z.string() }) }, function* ({ query }) {
  yield query.from;
});

assertType<Equal<ValueOf<typeof database>, { url: string }>>();
assertType<Equal<ValueOf<typeof page>, number>>();
assertType<Equal<ValueOf<typeof tenant>, { name: string; url: string }>>();
assertType<Equal<ValueOf<typeof filter>, string | undefined>>();

const app = new App();
const list = app.get(
  "/items/{id:int}",
  { query: z.object({ q: z.string().optional() }), use: { page: scoped(page, "read"), tenant, filter } as const },
  (input) => {
    assertType<Equal<typeof input.page, number>>();
    assertType<Equal<typeof input.tenant, { name: string; url: string }>>();
    assertType<Equal<typeof input.filter, string | undefined>>();
    // @ts-expect-error -- only what is used is there
    void input.database;
    return input.path.id;
  },
);

type Call = ClientInput<typeof list>;
const complete: Call = {
  path: { id: 1 },
  query: { q: "x", page: 2 },
  headers: { "x-tenant": "a" },
};
// @ts-expect-error -- a header that a dependency needs is missing
const incomplete: Call = { path: { id: 1 }, query: {} };
const optional: Call = { path: { id: 1 }, query: { from: "a" }, headers: { "x-tenant": "a" } };
// @ts-expect-error -- what a dependency reads has the dependency's type
const wrong: Call = { path: { id: 1 }, query: { page: "x" }, headers: { "x-tenant": "a" } };
void [complete, incomplete, optional, wrong];

const owner = dependency({ body: z.object({ owner: z.string() }), use: { page } }, ({ body }) => body.owner);
const create = app.post("/items", { body: z.object({ name: z.string() }), use: { owner } }, (input) => {
  assertType<Equal<typeof input.body, { name: string }>>();
  return input.owner;
});
const whole: ClientInput<typeof create> = { body: { name: "a", owner: "b" } };
// @ts-expect-error -- what a dependency needs of the body is missing
const half: ClientInput<typeof create> = { body: { name: "a" } };
void [whole, half];

// @ts-expect-error -- the name is taken by the request
dependency({ use: { request: database } }, () => 1);
// @ts-expect-error -- the name is taken by the body
app.get("/", { use: { body: page } }, () => 1);
// @ts-expect-error -- the option does not exist
dependency({ uses: { database } }, () => 1);
// @ts-expect-error -- no dependency
app.get("/", { use: { page: () => 1 } }, () => 1);
// @ts-expect-error -- what lives as long as the app is given no request
dependency({ scope: "app" }, ({ request }) => request);

using _page = app.override(page, 3);
using _other = app.override(
  page,
  dependency(() => 4),
);
// @ts-expect-error -- another type
app.override(page, "3");
const text = dependency(() => "4");
// @ts-expect-error -- a dependency of another type
app.override(page, text);
