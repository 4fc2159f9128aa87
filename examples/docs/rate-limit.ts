/** Rate limits: docs/rate-limit.md. */

import { App, Router } from "apus";
import { rateLimit, type RateStore, type RateVerdict } from "apus/middleware/rate-limit";

export const app = new App({ log: false });

// #region use
app.use(rateLimit({ limit: 100, window: 60_000 }));
// #endregion use

// #region router
export const logins = new Router({ prefix: "/logins" });

logins.use(
  rateLimit({
    name: "login",
    limit: 2,
    window: 15 * 60_000,
    key: (request) => `${request.remoteAddress} ${request.headers.get("x-user") ?? ""}`,
  }),
);
logins.post("/", () => {});

app.include(logins);
// #endregion router

// #region store
/** Something that runs a script on a server, as clients of Redis do. */
export interface ScriptRunner {
  run(script: string, key: string, words: readonly number[]): Promise<readonly [number, number, number, number]>;
}

export function createSharedStore(server: ScriptRunner, script: string): RateStore {
  return {
    async take(key, { limit, window }): Promise<RateVerdict> {
      const [allowed, remaining, resetAfter, retryAfter] = await server.run(script, key, [limit, window]);
      return { allowed: allowed === 1, remaining, resetAfter, retryAfter };
    },
  };
}
// #endregion store
