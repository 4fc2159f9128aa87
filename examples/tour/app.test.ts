/** The tour's promises, asserted: waiting together, an honest gateway, items, sightings in a database, a failure and a 422; in process and through a socket. */

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { testClient, type TestClient } from "apus/testing";
import { offload } from "apus/workers";
import type * as cpu from "./cpu.ts";
import type * as githubUser from "./github-user.ts";
import { clearItems } from "./items.ts";
import type * as items from "./items.ts";
import type * as sightings from "./sightings.ts";
import type * as tour from "./app.ts";

type Api = typeof tour & typeof items & typeof githubUser & typeof cpu & typeof sightings;

/** An upstream that answers, errs, babbles or stalls, as the name asks. */
const upstream: Server = createServer((message, answer) => {
  const name = message.url?.split("/").at(-1);
  if (name === "stalls") return;
  if (name === "missing") return void answer.writeHead(404).end();
  if (name === "broken") return void answer.writeHead(500).end();
  if (name === "babble") return void answer.writeHead(200).end("not json");
  answer.writeHead(200).end(JSON.stringify({ login: name, name: null, public_repos: 3, token: "secret" }));
});

before(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", () => resolve()));
  process.env["GITHUB_API_URL"] = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  process.env["GITHUB_TIMEOUT"] = "300";
  process.env["LOG_LEVEL"] = "silent";
});
after(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await offload.close();
});
beforeEach(() => clearItems());

/** The app reads its settings when it is loaded, so it is loaded after they are set. */
async function loadApp(): Promise<(typeof tour)["app"]> {
  return (await import("./app.ts")).app;
}

for (const socket of [false, true]) {
  const edge = socket ? "socket" : "process";

  test(`items are created, read, listed, changed and deleted (${edge})`, async () => {
    await using client: TestClient<Api> = await testClient<Api>(await loadApp(), { socket });
    const created = await client.post("/items", { body: { name: "Swift", price: 12.5, tags: ["bird"] } });
    assert.deepEqual(created, { id: created.id, name: "Swift", price: 12.5, tags: ["bird"] });
    assert.deepEqual(await client.get("/items/{id:int}", { path: { id: created.id } }), created);
    assert.deepEqual(await client.get("/items", { query: { tag: "bird" } }), [created]);
    assert.deepEqual(await client.get("/items", { query: { tag: "fish" } }), []);
    const changed = await client.patch("/items/{id:int}", { path: { id: created.id }, body: { price: 9 } });
    assert.deepEqual(changed, { ...created, price: 9 });
    await client.delete("/items/{id:int}", { path: { id: created.id } });
    const outcome = await client.get.outcome("/items/{id:int}", { path: { id: created.id } });
    assert.ok(!outcome.ok && outcome.status === 404);
    assert.equal(outcome.problem.id, created.id);
  });

  test(`sightings are added all or none, and listed page by page (${edge})`, async () => {
    await using client = await testClient<Api>(await loadApp(), { socket });
    const swift = { bird: "Swift", count: 40 };
    const owl = { bird: "Owl", count: 1 };
    const added = await client.post("/sightings", { body: [owl, swift, { bird: "Swallow", count: 7 }] });
    assert.equal(added.length, 3);
    const refused = await client.post.outcome("/sightings", { body: [{ bird: "Kestrel", count: 99 }, swift] });
    assert.equal(refused.status, 409);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { items: birds, next } = await client.get("/sightings", { query: { size: 2, cursor } });
      seen.push(...birds.map(({ bird }) => bird));
      cursor = next;
    } while (cursor !== undefined);
    assert.deepEqual(seen, ["Swift", "Swallow", "Owl"]);
  });

  test(`a 422 names every issue of every place (${edge})`, async () => {
    await using client = await testClient(await loadApp(), { socket });
    const answer = await client.fetch("/orders/check?express=perhaps", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ quantity: 0, coupon: "short" }),
    });
    assert.equal(answer.status, 422);
    const { errors } = (await answer.json()) as { errors: readonly { in: string; pointer: string }[] };
    assert.deepEqual(errors.map((issue) => `${issue.in} ${issue.pointer}`).toSorted(), [
      "body /coupon",
      "body /quantity",
      "query /express",
    ]);
    assert.equal((await client.fetch("/wait/abc")).status, 422);
  });

  test(`an unexpected error is a 500 without detail (${edge})`, async () => {
    await using client = await testClient(await loadApp(), { socket });
    const answer = await client.fetch("/error");
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /purpose/);
  });

  test(`a user of GitHub is read, and each failure of the upstream has its own answer (${edge})`, async () => {
    await using client = await testClient<Api>(await loadApp(), { socket });
    const read = async (username: string): Promise<number> => (await client.fetch(`/github-user/${username}`)).status;
    const user = await client.get("/github-user/{username}", { path: { username: "swift" } });
    assert.deepEqual(user, { login: "swift", name: null, public_repos: 3 });
    assert.equal(await read("missing"), 404);
    assert.equal(await read("broken"), 502);
    assert.equal(await read("babble"), 502);
    assert.equal(await read("stalls"), 504);
  });

  test(`the same job is done on the event loop and in a worker thread (${edge})`, async () => {
    await using client = await testClient<Api>(await loadApp(), { socket });
    const query = { to: 10_000 };
    const [blocking, offloaded] = [
      await client.get("/cpu/blocking", { query }),
      await client.get("/cpu/offloaded", { query }),
    ];
    assert.deepEqual([blocking.primes, offloaded.primes], [1_229, 1_229]);
    assert.equal(blocking.thread, 0);
    assert.ok(offloaded.thread > 0);
    assert.equal((await client.fetch("/cpu/blocking?to=2000001")).status, 422);
  });
}

test("beside an offloaded job others are answered", async () => {
  await using client = await testClient<Api>(await loadApp(), { socket: true });
  const counting = client.get("/cpu/offloaded");
  const running = new Set([counting]);
  void counting.finally(() => running.delete(counting));
  let answered = 0;
  while (running.size > 0) {
    await client.get("/wait/{seconds:int}", { path: { seconds: 0 } });
    answered += running.size;
  }
  assert.equal((await counting).primes, 78_498);
  assert.ok(answered > 0);
});

test("1,000 requests that wait a second finish together", async () => {
  await using client = await testClient<Api>(await loadApp(), { socket: true });
  const measure = async (count: number): Promise<number> => {
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: count }, () => client.get("/wait/{seconds:int}", { path: { seconds: 1 } })),
    );
    assert.ok(answers.every(({ message }) => message === "Waited for 1 seconds!"));
    return performance.now() - started;
  };
  const one = await measure(1);
  const thousand = await measure(1_000);
  // One after the other would take a thousand times as long.
  assert.ok(thousand < one * 20, `${Math.round(thousand / one)} times as long as one`);
});
