/** Who may do what: docs/security.md. */

import { randomBytes } from "node:crypto";
import {
  anyOf,
  apiKey,
  App,
  basic,
  bearer,
  dependency,
  equalSecrets,
  fail,
  hashPassword,
  needsRehash,
  oauth2,
  passwordForm,
  requireScopes,
  Router,
  scoped,
  verifyPassword,
} from "apus";
import { jwt, signJwt } from "apus/jwt";
import { z } from "zod";

interface Caller {
  readonly user: string;
  readonly scopes: readonly string[];
}

/** By token. */
export const callers = new Map<string, Caller>([
  ["reader", { user: "ann", scopes: ["items:read"] }],
  ["writer", { user: "bob", scopes: ["items:read", "items:write"] }],
]);

export const app = new App({ log: false });

// #region bearer
const caller = bearer({
  verify: (token, { scopes }) => {
    const found = callers.get(token);
    if (found !== undefined) requireScopes(found.scopes, scopes);
    return found;
  },
});

app.get("/me", { use: { caller } }, (input) => ({ user: input.caller.user }));
// #endregion bearer

// #region scoped
app.get("/items", { use: { caller: scoped(caller, "items:read") } }, () => []);
app.post("/items", { use: { caller: scoped(caller, "items:write") } }, () => ({ created: true }));
// #endregion scoped

// #region router
export const internal = new Router({
  prefix: "/internal",
  use: [apiKey({ in: "header", name: "x-api-key", keys: (process.env["API_KEYS"] ?? "dev-key").split(",") })],
});

internal.get("/stats", () => ({ requests: 7 }));
app.include(internal);
// #endregion router

// #region optional
const visitor = bearer({ name: "visitor", optional: true, verify: (token) => callers.get(token) });

app.get("/greeting", { use: { visitor } }, (input) => ({ hello: input.visitor?.user ?? "stranger" }));
// #endregion optional

// #region basic
const operator = basic({
  realm: "operators",
  verify: ({ username, password }) =>
    username === "operator" && equalSecrets(password, process.env["OPERATOR_PASSWORD"] ?? "dev-password"),
});

app.get("/metrics", { use: { operator } }, () => "requests 7");
// #endregion basic

// #region any-of
const machine = apiKey({
  in: "header",
  name: "x-machine-key",
  verify: (key): Caller | false => equalSecrets(key, "machine-key") && { user: "machine", scopes: [] },
});

app.get("/reports", { use: { caller: anyOf(caller, machine) } }, (input) => ({ caller: input.caller.user }));
// #endregion any-of

// #region provider
export const provider = jwt({
  issuer: "https://id.example.com/",
  audience: "https://api.example.com",
  jwks: "https://id.example.com/.well-known/jwks.json",
  algorithms: ["RS256"],
  typ: "at+jwt",
  scheme: oauth2({
    name: "provider",
    flows: {
      authorizationCode: {
        authorizationUrl: "https://id.example.com/authorize",
        tokenUrl: "https://id.example.com/token",
        scopes: { "orders:read": "Read your orders" },
      },
    },
  }),
});

app.get("/orders", { use: { claims: scoped(provider, "orders:read") } }, ({ claims }) => ({
  orders: [],
  of: claims.sub,
}));
// #endregion provider

// #region tokens
const tokens = {
  issuer: "shop",
  audience: "shop",
  secret: process.env["TOKEN_SECRET"] ?? randomBytes(32),
} as const;

const claims = jwt({
  ...tokens,
  algorithms: ["HS256"],
  claims: z.object({ sub: z.string(), role: z.enum(["customer", "staff"]) }),
  scheme: oauth2({ name: "login", flows: { password: { tokenUrl: "/token" } } }),
});

const staff = dependency({ use: { claims } }, (input) => {
  if (input.claims.role !== "staff") fail(403, "Only for staff.");
  return input.claims.sub;
});

app.get("/stock", { use: { staff } }, (input) => ({ counted: 3, by: input.staff }));
// #endregion tokens

interface Account {
  hash: string;
  readonly role: "customer" | "staff";
}

/** By name. */
export const accounts = new Map<string, Account>();

// #region sign-up
const NewAccount = z.object({ username: z.string().min(1), password: z.string().min(12).max(1024) });

app.post("/accounts", { body: NewAccount, status: 201 }, async ({ body }) => {
  if (accounts.has(body.username)) fail(409, "There is such an account.");
  accounts.set(body.username, { hash: await hashPassword(body.password), role: "customer" });
  return { username: body.username };
});
// #endregion sign-up

// #region login
app.post("/token", { form: passwordForm }, async ({ form, response }) => {
  const account = accounts.get(form.username);
  const isRight = await verifyPassword(form.password, account?.hash);
  if (account === undefined || !isRight) return fail(400, { error: "invalid_grant" });
  if (needsRehash(account.hash)) account.hash = await hashPassword(form.password);
  const token = { sub: form.username, role: account.role };
  response.setHeader("cache-control", "no-store");
  return {
    access_token: await signJwt(token, { ...tokens, algorithm: "HS256", expiresIn: 900 }),
    token_type: "Bearer",
    expires_in: 900,
  };
});
// #endregion login
