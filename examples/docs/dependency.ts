/** What handlers need beside their inputs: docs/dependency.md. */

import { App, dependency, fail, HttpError, Router, scoped } from "apus";
import { z } from "zod";

export const app = new App({ log: false });

/** What happened, in order. */
export const told: string[] = [];

// #region declare
const Page = z.object({ page: z.int().min(1).default(1), size: z.int().max(100).default(20) });

export const paging = dependency({ query: Page }, ({ query: { page, size } }) => ({
  from: (page - 1) * size,
  to: page * size,
}));

export const listNumbers = app.get("/numbers", { use: { paging } }, ({ paging: { from, to } }) => {
  return Array.from({ length: 100 }, (_, index) => index).slice(from, to);
});
// #endregion declare

/** A database with one table and transactions, in memory. */
class Database {
  users = new Map([["ada", { name: "Ada", admin: true }]]);

  static async open(): Promise<Database> {
    told.push("open");
    return new Database();
  }

  async begin(): Promise<Transaction> {
    told.push("begin");
    return new Transaction(this);
  }

  async close(): Promise<void> {
    told.push("close");
  }
}

class DuplicateError extends Error {}

class Transaction {
  readonly #database: Database;
  readonly users: Database["users"];

  constructor(database: Database) {
    this.#database = database;
    this.users = new Map(database.users);
  }

  async insert(id: string, name: string): Promise<void> {
    if (this.users.has(id)) throw new DuplicateError(id);
    this.users.set(id, { name, admin: false });
  }

  async commit(): Promise<void> {
    told.push("commit");
    this.#database.users = this.users;
  }

  async rollback(): Promise<void> {
    told.push("rollback");
  }
}

// #region app-scope
export const database = dependency({ scope: "app" }, async function* ({ log }) {
  const opened = await Database.open();
  log.info("The database is open");
  yield opened;
  await opened.close();
});
// #endregion app-scope

// #region clean-up
export const transaction = dependency({ use: { database }, until: "handler" }, async function* ({ database: opened }) {
  const begun = await opened.begin();
  try {
    yield begun;
    await begun.commit();
  } catch (error) {
    await begun.rollback();
    if (error instanceof DuplicateError) throw new HttpError(409, `${error.message} is taken.`, { cause: error });
    throw error;
  }
});

const User = z.object({ name: z.string() });

export const putUser = app.put(
  "/users/{id}",
  { body: User, response: User, use: { transaction } },
  async ({ path, body, transaction: begun }) => {
    await begun.insert(path.id, body.name);
    return body;
  },
);
// #endregion clean-up

// #region use
export const account = dependency(
  { headers: z.object({ "x-user": z.string() }), use: { transaction } },
  ({ headers, transaction: { users } }) => users.get(headers["x-user"]) ?? fail(401),
);

export const admin = dependency({ use: { account } }, (input) => {
  if (!input.account.admin) fail(403, "Only admins may do this.");
});
// #endregion use

// #region around
export const internal = new Router({ prefix: "/internal", use: [admin] });

internal.get("/me", { use: { account } }, (input) => input.account.name);

app.include(internal);
// #endregion around

// #region optional
const tenant = dependency(
  { optional: true, headers: z.object({ "x-tenant": z.string().min(2) }) },
  ({ headers }) => headers["x-tenant"],
);

app.get("/tenant", { use: { tenant } }, (input) => input.tenant ?? "none");
// #endregion optional

// #region scoped
const permission = dependency({ headers: z.object({ "x-scopes": z.string() }) }, ({ headers, scopes }) => {
  const granted = headers["x-scopes"].split(" ");
  for (const scope of scopes) if (!granted.includes(scope)) fail(403, `The scope ${scope} is missing.`);
});

app.delete(
  "/users/{id}",
  { use: { permission: scoped(permission, "users:write") } },
  ({ path }) => `${path.id} is gone`,
);
// #endregion scoped

// #region body
const Invited = z.object({ inviter: z.string() });

export const inviter = dependency(
  { body: Invited, use: { transaction } },
  ({ body, transaction: { users } }) => users.get(body.inviter) ?? fail(422, "Nobody is invited by a stranger."),
);

export const invite = app.post(
  "/invitations",
  { body: z.object({ email: z.email() }), use: { inviter } },
  (input) => `${input.inviter.name} invites ${input.body.email}`,
);
// #endregion body
