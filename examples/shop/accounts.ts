/** Accounts: sign up, log in, and who somebody is. */

import { dependency, fail, hashPassword, needsRehash, oauth2, passwordForm, Router, verifyPassword } from "apus";
import { jwt, signJwt } from "apus/jwt";
import { rateLimit } from "apus/middleware/rate-limit";
import { isUniqueViolation } from "apus/sql";
import type { Kysely } from "kysely";
import { z } from "zod";
import { db, work, type Tables } from "./database.ts";
import { settings } from "./settings.ts";

const tokenSeconds = 3_600;
const rules = { issuer: "shop", audience: "shop", typ: "at+jwt", secret: settings.tokenSecret } as const;

const NewAccount = z.object({ name: z.string().trim().min(1).max(100), password: z.string().min(12).max(1_024) });
export const Account = z.object({ name: z.string(), role: z.enum(["customer", "staff"]) });
const Token = z.object({ access_token: z.string(), token_type: z.literal("Bearer"), expires_in: z.int() });
const GrantError = z.object({ error: z.literal("invalid_grant") });

const access = jwt({
  ...rules,
  algorithms: ["HS256"],
  claims: z.object({ sub: z.string() }),
  scheme: oauth2({ name: "login", flows: { password: { tokenUrl: "/token" } } }),
});

/** By the account, not by the token: one that is gone, or is staff no more, is so at once. */
export const user = dependency({ use: { access, db } }, async (input) => {
  const found = await input.db
    .selectFrom("accounts")
    .select(["name", "role"])
    .where("name", "=", input.access.sub)
    .executeTakeFirst();
  return found ?? fail(401, "There is no such account any more.");
});

export const staff = dependency({ use: { user } }, (input) => {
  if (input.user.role !== "staff") fail(403, "Only for staff.");
  return input.user;
});

/** The account "staff", so that a new shop has somebody who fills it. */
export async function addStaff(shop: Kysely<Tables>): Promise<void> {
  const known = await shop.selectFrom("accounts").select("name").where("role", "=", "staff").executeTakeFirst();
  if (known !== undefined) return;
  const passwordHash = await hashPassword(settings.staffPassword);
  // Several processes may start at the same time.
  await shop
    .insertInto("accounts")
    .values({ name: "staff", role: "staff", passwordHash })
    .onConflict((rule) => rule.doNothing())
    .execute();
}

/** In production it is added by prepare.ts. */
export const firstAccount = dependency({ scope: "app", use: { db } }, async (input) => {
  if (settings.nodeEnv !== "production") await addStaff(input.db);
});

/** Counted by address, not by account: nobody can lock somebody else out. */
const fewGuesses = rateLimit({ name: "login", limit: 20, window: 60_000 });

export const accounts = new Router({ tags: ["accounts"] });

export const signUp = accounts.post(
  "/accounts",
  {
    middleware: [fewGuesses],
    use: { work },
    body: NewAccount,
    response: Account,
    status: 201,
    errors: { 409: "The name is taken" },
  },
  async ({ body: { name, password }, work: shop }) => {
    const account = { name, role: "customer", passwordHash: await hashPassword(password) } as const;
    try {
      await shop.insertInto("accounts").values(account).execute();
    } catch (error) {
      if (isUniqueViolation(error)) fail(409, "The name is taken.");
      throw error;
    }
    return account;
  },
);

export const logIn = accounts.post(
  "/token",
  { middleware: [fewGuesses], use: { db }, form: passwordForm, response: Token, errors: { 400: GrantError } },
  async ({ form: { username, password }, db: shop, response }) => {
    const account = await shop.selectFrom("accounts").selectAll().where("name", "=", username).executeTakeFirst();
    const isRight = await verifyPassword(password, account?.passwordHash);
    if (account === undefined || !isRight) {
      return fail(400, { detail: "Wrong name or password.", error: "invalid_grant" });
    }
    if (needsRehash(account.passwordHash)) {
      const passwordHash = await hashPassword(password);
      await shop.updateTable("accounts").set({ passwordHash }).where("name", "=", account.name).execute();
    }
    // Tokens are kept by no cache (RFC 6749 §5.1).
    response.setHeader("cache-control", "no-store");
    const token = await signJwt({ sub: account.name }, { ...rules, algorithm: "HS256", expiresIn: tokenSeconds });
    return { access_token: token, token_type: "Bearer" as const, expires_in: tokenSeconds };
  },
);

export const readMe = accounts.get("/me", { use: { user }, response: Account }, (input) => input.user);
