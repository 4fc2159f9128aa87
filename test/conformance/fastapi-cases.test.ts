/** What FastAPI's users expect, as a table of requests and answers; where Apus differs, the page for them says so. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { App, type ValidationProblem } from "apus";
import { onEveryEdge } from "../journey/edges.ts";
import { buildFastapiApp } from "./fastapi-app.ts";
import { fastapiTable as groups } from "./fastapi-table.ts";

/** Found when the app starts, so no request shows it. */
const atStart = "Two routes for the same requests";

test("two routes for the same requests are an error at the start", async () => {
  const app = new App({ log: false });
  app.get("/users/{id}", () => "one");
  app.get("/users/{name}", () => "two");
  await assert.rejects(app.start(), { code: "APUS_DUPLICATE_ROUTE" });
});

for (const [group, cases] of Object.entries(groups)) {
  onEveryEdge(`what FastAPI's users expect: ${group}`, buildFastapiApp, async (client) => {
    for (const { request, init = {}, status, content, issues, headers } of cases) {
      const [target = "", method = "GET"] = request.split(" ").toReversed();
      const answer = await client.fetch(target, { method, redirect: "manual", ...init });
      const received = await answer.text();
      const what = `${request} ${init.body ?? ""} answered ${answer.status} ${received.slice(0, 300)}`;
      assert.equal(answer.status, status, what);
      if (content !== undefined) {
        const isJson = received !== "" && /json/.test(answer.headers.get("content-type") ?? "");
        assert.deepEqual(isJson ? JSON.parse(received) : received, content, what);
      }
      for (const [name, value] of Object.entries(headers ?? {})) assert.equal(answer.headers.get(name), value, what);
      if (issues === undefined) continue;
      const found = (JSON.parse(received) as ValidationProblem).errors.map((issue) => `${issue.in} ${issue.pointer}`);
      assert.deepEqual(found, issues, what);
    }
  });
}

test("docs/coming-from-fastapi.md names every difference that is tested here, and no other", () => {
  const page = readFileSync(new URL("../../docs/coming-from-fastapi.md", import.meta.url), "utf8");
  const section = page.split("\n## ").find((part) => part.startsWith("What differs")) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  const named = rows.slice(1).flatMap((row) => row.split(" | ", 1)[0]?.slice(2) ?? []);
  const tested = Object.values(groups).flatMap((cases) => cases.flatMap(({ differs }) => differs ?? []));
  assert.deepEqual(named.toSorted(), [...new Set([...tested, atStart])].toSorted());
});
