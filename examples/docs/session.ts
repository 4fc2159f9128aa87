/** Who somebody is from one request to the next: docs/session.md. */

import { App, dependency, fail, session, type SessionStore } from "apus";
import { z } from "zod";

export const app = new App({ log: false });
const secret = process.env["SESSION_KEY"] ?? "only-for-this-example-0123456789";
const olderSecret = "the-one-before-it-0123456789-0123";

// #region declare
const ownSession = session({
  keys: secret,
  schema: z.object({ user: z.string(), theme: z.enum(["light", "dark"]).optional() }),
});
// #endregion declare

/** Stands for a lookup that checks a password. */
const checkPassword = async (user: string, password: string): Promise<boolean> => user !== "" && password === "right";

// #region login
app.post(
  "/login",
  { body: z.object({ user: z.string(), password: z.string() }), use: { ownSession } },
  async (input) => {
    if (!(await checkPassword(input.body.user, input.body.password))) fail(401);
    input.ownSession.regenerate();
    input.ownSession.set("user", input.body.user);
  },
);

app.post("/logout", { use: { ownSession } }, (input) => input.ownSession.destroy());
// #endregion login

// #region user
const user = dependency({ use: { ownSession } }, (input) => input.ownSession.get("user") ?? fail(401));

app.get("/me", { use: { user }, errors: { 401: "Nobody is logged in." } }, (input) => ({ user: input.user }));
// #endregion user

// #region rotate
export const rotated = session({ keys: [secret, olderSecret] });
// #endregion rotate

// #region store
/** Something that keeps texts with an end, as clients of Redis do. */
export interface Cache {
  get(key: string): Promise<{ readonly value: string; readonly expires: number } | undefined>;
  set(key: string, value: string, options: { readonly expires: number; readonly onlyIfThere: boolean }): Promise<void>;
  remove(key: string): Promise<void>;
}

export function createSharedStore(cache: Cache): SessionStore {
  return {
    async read(id) {
      const found = await cache.get(`session:${id}`);
      return found === undefined ? undefined : { data: found.value, expires: found.expires };
    },
    write: (id, { data, expires, isNew }) => cache.set(`session:${id}`, data, { expires, onlyIfThere: !isNew }),
    delete: (id) => cache.remove(`session:${id}`),
  };
}
// #endregion store

export { ownSession, olderSecret };
