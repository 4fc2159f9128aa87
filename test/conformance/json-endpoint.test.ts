/** The JSONTestSuite (github.com/nst/JSONTestSuite) as bodies of a JSON endpoint. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { App } from "apus";
import { z } from "zod";
import { onEveryEdge } from "../journey/edges.ts";

const folder = new URL("../../../shared/vectors/json/", import.meta.url);
const isHere = existsSync(folder);
const files = isHere ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];

if (!isHere) test("JSONTestSuite through an endpoint", { skip: "the JSONTestSuite files are not here" }, () => {});

const classes = [
  ["y_", "are accepted and come back unchanged", (status: number) => status === 200],
  ["n_", "are refused", (status: number) => status >= 400 && status < 500],
  [
    "i_",
    "are accepted or refused, and nothing else",
    (status: number) => status === 200 || (status >= 400 && status < 500),
  ],
] as const;

let runs = 0;

function buildEcho(): App {
  runs = 0;
  const app = new App({ log: false });
  app.post("/echo", { body: z.json() }, ({ body }) => {
    runs += 1;
    return body;
  });
  return app;
}

for (const [prefix, expectation, isAllowed] of isHere ? classes : []) {
  onEveryEdge(`JSONTestSuite through an endpoint: all ${prefix} files ${expectation}`, buildEcho, async (client) => {
    const members = files.filter((file) => file.startsWith(prefix));
    assert.ok(members.length > 10, `only ${members.length} files of this class`);
    const surprises: string[] = [];
    let accepted = 0;
    for (const file of members) {
      const body = readFileSync(new URL(encodeURIComponent(file), folder));
      const answer = await client.fetch("/echo", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      const text = await answer.text();
      if (answer.status === 200) accepted += 1;
      if (!isAllowed(answer.status)) surprises.push(`${file}: ${answer.status} ${text}`);
      else if (prefix === "y_") assert.equal(text, JSON.stringify(JSON.parse(body.toString())), file);
    }
    assert.deepEqual(surprises, []);
    assert.equal(runs, accepted, "the handler ran for another number of requests than were accepted");
  });
}
