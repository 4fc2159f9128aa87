/** Middleware of an app and of a router: docs/middleware.md. */

import { App, fail, type Middleware, Router } from "apus";

export const app = new App({ log: false });

// #region timing
const timing: Middleware = async (_request, next) => {
  const started = performance.now();
  const response = await next();
  const duration = (performance.now() - started).toFixed(1);
  return { ...response, headers: [...response.headers, ["server-timing", `app;dur=${duration}`]] };
};

app.use(timing);
// #endregion timing

// #region guard
const requireKey: Middleware = (request, next) => {
  if (request.headers.get("x-api-key") !== "opensesame") fail(401, "An API key is needed.");
  return next();
};

export const internal = new Router({ prefix: "/internal" });

internal.use(requireKey);
internal.get("/stats", () => ({ requests: 7 }));

app.include(internal);
// #endregion guard

// #region answer
const maintenance: Middleware = (request, next) => {
  if (request.path !== "/maintenance") return next();
  return { status: 503, headers: [["retry-after", "120"]], body: null };
};

app.use(maintenance);
// #endregion answer

app.get("/", () => ({ hello: "world" }));
