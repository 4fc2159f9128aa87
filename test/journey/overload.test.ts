/** More requests than can be answered: some are, the others learn at once that they are not, and it passes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, type RunningServer } from "apus";

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

function serve(mode: "production" | "development", limits = {}): Promise<RunningServer> {
  const app = new App({ log: false, mode });
  app.get("/work", () => {
    block(40);
    return "worked";
  });
  return app.listen({ port: 0, signals: false, idleGrace: 0, limits });
}

/** Asks on so many connections at once, again and again; the answers by status. */
async function flood(url: string, rounds: number): Promise<Map<number, Response[]>> {
  const answers = new Map<number, Response[]>();
  const ask = async (): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      const answer = await fetch(`${url}/work`);
      await answer.text();
      answers.set(answer.status, [...(answers.get(answer.status) ?? []), answer]);
    }
  };
  await Promise.all(Array.from({ length: 12 }, ask));
  return answers;
}

test("in production, what would come too late is a 503 with Retry-After, and the rest is answered", async () => {
  await using server = await serve("production", { maxTurnTime: 60 });
  const answers = await flood(server.url, 6);
  assert.deepEqual(new Set(answers.keys()), new Set([200, 503]));
  assert.ok(answers.get(503)?.every(({ headers }) => headers.get("retry-after") === "1"));
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await fetch(`${server.url}/work`)).status, 200, "and it passes");
});

test("in development, everybody waits", async () => {
  await using server = await serve("development");
  const answers = await flood(server.url, 2);
  assert.deepEqual([...answers.keys()], [200]);
});
