/** Inputs of every place: docs/inputs.md. */

import { App } from "apus";
import { z } from "zod";

export const app = new App({ log: false });

// #region places
export const updateStock = app.put(
  "/stock/{sku}",
  {
    path: z.object({ sku: z.string().length(3) }),
    query: z.object({ notify: z.boolean().default(false), tag: z.array(z.string()).default([]) }),
    headers: z.object({ "x-terminal": z.int() }),
    cookies: z.object({ session: z.string().min(8) }),
    body: z.object({ amount: z.int().min(0), note: z.string().optional() }),
  },
  ({ path, query, headers, cookies, body }) => ({
    sku: path.sku,
    notify: query.notify,
    tags: query.tag,
    terminal: headers["x-terminal"],
    session: cookies.session.length,
    amount: body.amount,
  }),
);
// #endregion places

// #region form
const Login = z.object({ name: z.string().min(1), age: z.int().optional(), remember: z.boolean().default(false) });

export const login = app.post("/login", { form: Login, bodyLimit: 1_000 }, ({ form }) => form);
// #endregion form

const Coerced = z.object({
  integer: z.int().optional(),
  number: z.number().optional(),
  boolean: z.boolean().optional(),
  text: z.string().optional(),
  size: z.enum(["s", "m"]).optional(),
  level: z.literal([1, 2]).optional(),
  empty: z.int().nullable().optional(),
  list: z.array(z.int()).optional(),
  either: z.union([z.int(), z.boolean()]).optional(),
});

export const coerce = app.get("/coerce", { query: Coerced }, ({ query }) => query);

// #region unknown
export const strict = app.get("/strict", { query: z.strictObject({ page: z.int().optional() }) }, ({ query }) => query);
export const loose = app.get("/loose", { query: z.looseObject({ page: z.int().optional() }) }, ({ query }) => query);
// #endregion unknown

export const echo = app.post("/echo", { body: z.unknown() }, ({ body }) => ({ body }));
