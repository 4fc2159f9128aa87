/** Traces and metrics: docs/telemetry.md. */

import { App, bearer, fail } from "apus";
import { httpClient } from "apus/http-client";
import { database } from "apus/sql";
import { telemetry } from "apus/telemetry";

const db = database({ url: "sqlite::memory:" });
const prices = httpClient({ baseUrl: "http://127.0.0.1:9", name: "prices" });

// #region declare
const observed = telemetry({ pools: { db, prices } });
export const app = new App({ use: [observed], log: false });
// #endregion declare

// #region metrics
const operator = bearer({
  async verify(token) {
    return token === "s3cret" ? { name: "prometheus" } : fail(401);
  },
});

app.get("/metrics", { use: { observed, operator }, hidden: true }, (input) => input.observed.metrics());
// #endregion metrics

app.get("/items/{id:int}", ({ path }) => ({ id: path.id }));

// #region plain
const figures = telemetry({ openTelemetry: false });
export const plain = new App({ log: false });
plain.get("/metrics", { use: { figures }, hidden: true }, (input) => input.figures.metrics());
// #endregion plain
