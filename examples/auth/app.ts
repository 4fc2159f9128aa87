/**
 * Login, access and refresh tokens, logout, roles and scopes: the whole of it, in memory. Run it with `node app.ts`.
 */

// POST /accounts  sign up              → 201
// POST /token     the login form       → an access token (15 minutes) and a refresh token (14 days)
// POST /refresh   the refresh token    → a new pair; it works once, and a second time ends the login
// POST /logout    Bearer access token  → 204; both tokens are dead at once
// GET  /me        any access token
// GET  /notes     scope notes:read;  POST /notes: notes:write
// GET  /accounts  scope accounts, and the role admin
//
// What a real one replaces: the maps by tables, and TOKEN_SECRET by a secret of the deployment.

import { App, dependency, empty, fail, passwordForm, scoped } from "apus";
import { rateLimit } from "apus/middleware/rate-limit";
import { z } from "zod";
import { addAccount, checkPassword, findAccount, listAccounts, Role } from "./accounts.ts";
import { access, endLogin, findLogin, issuePair, startLogin, TokenPair } from "./tokens.ts";

export const app = new App({ title: "Notes", version: "1.0.0", log: { level: "warn" } });

/** Counted by address, not by account: nobody can lock somebody else out. */
const fewGuesses = rateLimit({ name: "login", limit: 20, window: 60_000 });

const user = dependency({ use: { access } }, (input) => {
  const { sub, login } = input.access;
  return { login, account: findAccount(sub) ?? fail(401, "There is no such account any more.") };
});

/** By the account, not by the token: a role that is taken away is gone at once. */
const admin = dependency({ use: { user: scoped(user, "accounts") } }, (input) => {
  if (input.user.account.role !== "admin") fail(403, "Only for admins.");
  return input.user.account;
});

const NewAccount = z.object({ name: z.string().min(1).max(100), password: z.string().min(12).max(1024) });
const Account = z.object({ name: z.string(), role: Role });
const Note = z.object({ text: z.string().min(1).max(10_000), by: z.string() });
const RefreshForm = z.object({ grant_type: z.literal("refresh_token"), refresh_token: z.string().max(200) });
const GrantError = z.object({ error: z.enum(["invalid_grant"]) });

const notes: z.infer<typeof Note>[] = [];

export const signUp = app.post(
  "/accounts",
  { middleware: [fewGuesses], body: NewAccount, response: Account, status: 201, errors: { 409: "The name is taken" } },
  async ({ body: { name, password } }) => {
    if (!(await addAccount(name, password))) fail(409, "The name is taken.");
    return { name, role: "reader" };
  },
);

export const logIn = app.post(
  "/token",
  { middleware: [fewGuesses], form: passwordForm, response: TokenPair, errors: { 400: GrantError } },
  async ({ form, response }) => {
    const account = await checkPassword(form.username, form.password);
    if (account === undefined) return fail(400, { detail: "Wrong name or password.", error: "invalid_grant" });
    // Tokens are kept by no cache (RFC 6749 §5.1).
    response.setHeader("cache-control", "no-store");
    return startLogin(account, form.scopes);
  },
);

export const refreshTokens = app.post(
  "/refresh",
  { form: RefreshForm, response: TokenPair, errors: { 400: GrantError } },
  async ({ form, response }) => {
    const login = findLogin(form.refresh_token);
    const account = login === undefined ? undefined : findAccount(login.name);
    if (login === undefined || account === undefined) {
      return fail(400, { detail: "The login has ended.", error: "invalid_grant" });
    }
    response.setHeader("cache-control", "no-store");
    return issuePair(login, account);
  },
);

export const logOut = app.post("/logout", { use: { user } }, (input) => {
  endLogin(input.user.login);
  return empty();
});

export const readMe = app.get("/me", { use: { user }, response: Account }, (input) => input.user.account);

export const listNotes = app.get(
  "/notes",
  { use: { user: scoped(user, "notes:read") }, response: z.array(Note) },
  () => notes,
);

export const createNote = app.post(
  "/notes",
  { use: { user: scoped(user, "notes:write") }, body: Note.omit({ by: true }), response: Note, status: 201 },
  ({ body, user: { account } }) => {
    const note = { ...body, by: account.name };
    notes.push(note);
    return note;
  },
);

export const readAccounts = app.get("/accounts", { use: { admin }, response: z.array(Account) }, () => listAccounts());

if (import.meta.main) {
  await addAccount("admin", process.env["ADMIN_PASSWORD"] ?? "change me, please", "admin");
  const { url } = await app.listen({ port: Number(process.env["PORT"] ?? 8000) });
  console.log(`${url}/docs: log in as admin`);
}
