/** Routers in routers, modules, and error handlers at their level: docs/router.md. */

import { App, reply, Router } from "apus";
import * as notes from "./notes.ts";

export const app = new App({ log: false });

// #region nest
export const members = new Router({ prefix: "/members", tags: ["members"] });

export const readMember = members.get("/{name}", ({ path }) => ({ name: path.name }));

export const teams = new Router({ prefix: "/teams/{team}", tags: ["teams"] });

export const readTeam = teams.get("/", ({ path }) => ({ team: path.team }));

teams.include(members);
app.include(teams, { prefix: "/v1" });
// #endregion nest

// #region modules
app.include(notes);
app.include(notes, { prefix: "/old", deprecated: true });
// #endregion modules

// #region errors
class QuotaError extends Error {
  readonly limit = 10;
}

export const uploads = new Router({ prefix: "/uploads" });

uploads.post("/", () => {
  throw new QuotaError("too many uploads");
});

uploads.onError(QuotaError, (error) => reply(429, { title: "Quota", status: 429, limit: error.limit }));
app.onError(Error, (error, { log }) => {
  log.warn("An unexpected error", { error });
  return undefined; // the default answer: a problem document of 500
});

app.include(uploads);
// #endregion errors

app.get("/broken", () => {
  throw new QuotaError("outside of uploads");
});
