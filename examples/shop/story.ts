/** The story of the shop, told on one database after the other: from the first account to two hundred who want the last pieces. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpClient } from "apus/http-client";
import { testClient, type StubUpstream, type TestClient } from "apus/testing";
import { describeEnvironment, logIn, password, startPrices, type Api, type Headers } from "./test-shop.ts";

/** Somebody's calls are made with what this gives: `{ body, ...ada }`. */
interface People {
  readonly staff: Headers;
  readonly ada: Headers;
  readonly bob: Headers;
}

interface Shop {
  readonly client: TestClient<Api>;
  readonly upstream: StubUpstream;
}

type Tell = (step: string, run: () => Promise<void>) => Promise<void>;

/** Tells it all; the shop reads its settings when it is loaded, so this is done once in a process. */
export async function tellStory(
  context: TestContext,
  { databaseUrl, isPrepared }: { readonly databaseUrl: string; readonly isPrepared: boolean },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "apus-shop-"));
  await using upstream = await startPrices();
  Object.assign(process.env, describeEnvironment(databaseUrl, folder, upstream.url));
  const { app: shopApp } = await import("./app.ts");
  const { prepare } = await import("./prepare.ts");
  try {
    if (isPrepared) assert.deepEqual(await prepare(), ["001-accounts", "002-products", "003-orders"]);
    await using client = await testClient<Api>(shopApp, { socket: true });
    const shop = { client, upstream };
    const people = await meetPeople(shop);
    const tell: Tell = async (step, run) => {
      await context.test(step, run);
    };
    await tellOfAccounts(tell, shop, people);
    await tellOfProducts(tell, shop, people);
    await tellOfOrders(tell, shop, people);
    await tellOfFailures(tell, shop, people);
    await tellOfCrowds(tell, shop, people);
    assert.deepEqual(await prepare(), []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function meetPeople({ client }: Shop): Promise<People> {
  for (const name of ["ada", "bob"]) {
    const account = await client.post("/accounts", { body: { name, password } });
    assert.deepEqual(account, { name, role: "customer" });
  }
  const [staff, ada, bob] = await Promise.all(
    ["staff", "ada", "bob"].map((name) => logIn((path, init) => client.fetch(path, init), name)),
  );
  assert.ok(staff && ada && bob);
  return { staff, ada, bob };
}

async function tellOfAccounts(tell: Tell, { client }: Shop, { ada, staff }: People): Promise<void> {
  await tell("accounts: names are taken once, wrong passwords open nothing, and roles count", async () => {
    const again = await client.post.outcome("/accounts", { body: { name: "ada", password } });
    assert.equal(again.status, 409);
    assert.deepEqual(await client.get("/me", ada), { name: "ada", role: "customer" });
    assert.deepEqual(await client.get("/me", staff), { name: "staff", role: "staff" });
    for (const username of ["ada", "nobody"]) {
      const wrong = await client.post.outcome("/token", { form: { username, password: "wrong" } });
      assert.ok(!wrong.ok && wrong.status === 400 && wrong.problem.error === "invalid_grant");
    }
    const body = { sku: "X", name: "x", stock: 1 };
    assert.equal((await client.post.outcome("/products", { body, ...ada })).status, 403);
  });

  await tell("a stranger is a 401 before the body is read", async () => {
    const { hostname, port } = new URL(client.baseUrl);
    for (const [line, type] of [
      ["POST /orders", "application/json"],
      ["PUT /products/X/image", "multipart/form-data; boundary=b"],
    ]) {
      const socket = connect(Number(port), hostname);
      // A megabyte is announced, and not one byte of it is sent.
      socket.write(`${line} HTTP/1.1\r\nhost: shop\r\ncontent-type: ${type}\r\ncontent-length: 1000000\r\n\r\n`);
      const [answer] = (await once(socket, "data")) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 401 /);
      socket.destroy();
    }
  });
}

async function tellOfProducts(tell: Tell, { client }: Shop, { staff }: People): Promise<void> {
  const create = (sku: string, name: string, stock = 5) =>
    client.post("/products", { body: { sku, name, stock }, ...staff });

  await tell("products: a number is taken once, what is read has a price", async () => {
    const tea = { sku: "TEA", name: "Tea", stock: 5, imageType: null };
    assert.deepEqual(await create("TEA", "Tea"), tea);
    assert.equal((await client.post.outcome("/products", { body: tea, ...staff })).status, 409);
    assert.deepEqual(await client.get("/products/{sku}", { path: { sku: "TEA" } }), { ...tea, cents: 250 });
    assert.equal((await client.fetch("/products/COFFEE")).status, 404);
  });

  await tell("an image is uploaded, replaced and shown; what is none is refused", async () => {
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
      "base64",
    );
    const path = { sku: "TEA" };
    for (const name of ["a.png", "b.png"]) {
      const image = new File([png], name, { type: "text/html" });
      const product = await client.put("/products/{sku}/image", { path, files: { image }, ...staff });
      assert.equal(product.imageType, "image/png");
    }
    const shown = await client.fetch("/products/TEA/image");
    assert.equal(shown.headers.get("content-type"), "image/png");
    assert.ok(Buffer.from(await shown.arrayBuffer()).equals(png));
    const script = new File(["<svg onload=alert(1)>"], "a.png", { type: "image/png" });
    const refused = await client.put.outcome("/products/{sku}/image", { path, files: { image: script }, ...staff });
    assert.equal(refused.status, 415);
    assert.equal((await client.fetch("/products/COFFEE/image")).status, 404);
  });

  await tell("a search goes to its end without repeats while products are added", async () => {
    const letters = "abcdefghijklmnopqrstuvwxy".split("");
    for (const letter of letters) await create(`CUP-${letter.toUpperCase()}`, `Cup 100% ${letter}`);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { items, next } = await client.get("/products", { query: { q: "CUP 100%", size: 4, cursor } });
      seen.push(...items.map(({ sku }) => sku));
      // One before the place where the list is, and one behind it.
      await create(`CUP-0${seen.length}`, `Cup 100% 0${seen.length}`);
      cursor = next;
    } while (cursor !== undefined);
    assert.equal(new Set(seen).size, seen.length);
    assert.deepEqual(
      seen,
      letters.map((letter) => `CUP-${letter.toUpperCase()}`),
    );
    assert.equal((await client.get("/products", { query: { q: "100_" } })).items.length, 0);
    assert.equal((await client.fetch("/products?cursor=of-another-list")).status, 422);
  });
}

async function tellOfOrders(tell: Tell, { client }: Shop, { staff, ada, bob }: People): Promise<void> {
  const stockOf = async (sku: string) => (await client.get("/products/{sku}", { path: { sku } })).stock;
  await client.post("/products", { body: { sku: "RARE", name: "Rare", stock: 1 }, ...staff });

  await tell("an order takes its items with the prices of now, and is only its customer's", async () => {
    const items = [
      { sku: "TEA", count: 2 },
      { sku: "CUP-A", count: 1 },
    ];
    const order = await client.post("/orders", { body: { items }, ...ada });
    assert.deepEqual([order.state, order.cents, order.account], ["placed", 750, "ada"]);
    assert.equal(await stockOf("TEA"), 3);
    const path = { id: order.id };
    assert.equal((await client.get("/orders/{id:uuid}", { path, ...ada })).cents, 750);
    assert.equal((await client.get.outcome("/orders/{id:uuid}", { path, ...bob })).status, 404);
    assert.equal((await client.get("/orders", ada)).items.length, 1);
    assert.equal((await client.get("/orders", bob)).items.length, 0);
  });

  await tell("what is out of stock is a 409 that says so, and takes back what was taken before", async () => {
    const items = [
      { sku: "CUP-B", count: 2 },
      { sku: "RARE", count: 2 },
    ];
    const refused = await client.post.outcome("/orders", { body: { items }, ...ada });
    assert.ok(!refused.ok && refused.status === 409);
    assert.deepEqual([refused.problem.sku, refused.problem.left], ["RARE", 1]);
    assert.deepEqual([await stockOf("CUP-B"), await stockOf("RARE")], [5, 1]);
    assert.equal((await client.get("/orders", ada)).items.length, 1);
  });

  await tell("a follower is told of every state, and of those that it has missed", async () => {
    const order = await client.post("/orders", { body: { items: [{ sku: "TEA", count: 1 }] }, ...ada });
    const path = { id: order.id };
    const move = (state: "packed" | "sent" | "delivered") =>
      client.patch.outcome("/orders/{id:uuid}", { path, body: { state }, ...staff });
    const init = { method: "PATCH", headers: { ...staff.extraHeaders, "content-type": "application/json" } };
    const unplaced = await client.fetch(`/orders/${order.id}`, { ...init, body: '{"state":"placed"}' });
    assert.equal(unplaced.status, 422);
    const states: string[] = [];
    const next = { placed: "packed", packed: "sent", sent: "delivered" } as const;
    for await (const { data } of await client.get("/orders/{id:uuid}/events", { path, ...ada })) {
      states.push(data.state);
      if (data.state === "placed") assert.equal((await move("delivered")).status, 409);
      if (data.state in next) assert.ok((await move(next[data.state as keyof typeof next])).ok);
      if (data.state === "delivered") break;
    }
    assert.deepEqual(states, ["placed", "packed", "sent", "delivered"]);
    const events = `/orders/${order.id}/events`;
    const back = await client.fetch(events, { headers: { ...ada.extraHeaders, "last-event-id": "3" } });
    assert.match(await back.text(), /^id: ?4\n/m);
    const headers = { ...ada.extraHeaders, "last-event-id": "4" };
    assert.equal((await client.fetch(events, { headers })).status, 204);
    assert.equal((await client.fetch(events, { headers: { ...bob.extraHeaders } })).status, 404);
  });

  await tell("an order that is cancelled gives back what it took", async () => {
    const taken = await client.post("/orders", { body: { items: [{ sku: "RARE", count: 1 }] }, ...bob });
    assert.equal(await stockOf("RARE"), 0);
    const cancel = () =>
      client.patch.outcome("/orders/{id:uuid}", { path: { id: taken.id }, body: { state: "cancelled" }, ...staff });
    const answers = await Promise.all([cancel(), cancel(), cancel()]);
    assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ["200", "409", "409"]);
    assert.equal(await stockOf("RARE"), 1);
  });
}

async function tellOfFailures(tell: Tell, { client, upstream }: Shop, { staff, ada }: People): Promise<void> {
  const { prices } = await import("./prices.ts");
  const { app: shopApp } = await import("./app.ts");
  for (const sku of ["STALL", "RESET", "NONE"]) {
    await client.post("/products", { body: { sku, name: sku, stock: 5 }, ...staff });
  }

  await tell("prices that do not come are a 504 or a 502, and nothing is sold", async () => {
    await using hasty = await createHttpClient({
      baseUrl: upstream.url,
      name: "prices",
      timeouts: { total: 250 },
      retries: 0,
    });
    using _ = shopApp.override(prices, hasty);
    const before = await client.get("/orders", ada);
    for (const [sku, status] of [
      ["STALL", 504],
      ["RESET", 502],
      ["NONE", 422],
    ] as const) {
      const items = [
        { sku: "CUP-C", count: 1 },
        { sku, count: 1 },
      ];
      const refused = await client.post.outcome("/orders", { body: { items }, ...ada });
      assert.ok(!refused.ok);
      assert.equal(refused.status, status, sku);
      assert.doesNotMatch(JSON.stringify(refused.problem), /own words/);
      const product = await client.get("/products/{sku}", { path: { sku } });
      assert.deepEqual([product.stock, product.cents], [5, null]);
    }
    assert.equal((await client.get("/products/{sku}", { path: { sku: "CUP-C" } })).stock, 5);
    assert.deepEqual(await client.get("/orders", ada), before);
  });

  await tell("the shop is ready, and staff see how it is", async () => {
    assert.deepEqual(await client.get("/ready"), { status: "ready" });
    const { database, prices: service } = await client.get("/status", staff);
    assert.deepEqual([database.isThere, database.waiting, service.isThere], [true, 0, true]);
    assert.equal((await client.fetch("/status")).status, 401);
  });
}

async function tellOfCrowds(tell: Tell, { client }: Shop, { staff, ada }: People): Promise<void> {
  await tell("of 200 orders at once, a stock of 100 serves exactly 100", async () => {
    await client.post("/products", { body: { sku: "LAST", name: "The last ones", stock: 100 }, ...staff });
    const body = { items: [{ sku: "LAST", count: 1 }] };
    const order = async () => {
      for (;;) {
        const answer = await client.post.outcome("/orders", { body, ...ada });
        // Where a machine has other things to do, the queue may be too long: who is told so comes back.
        if (answer.status !== 503) return answer;
        await sleep(200);
      }
    };
    const answers = await Promise.all(Array.from({ length: 200 }, order));
    const counts = Object.groupBy(answers, ({ status }) => String(status));
    assert.deepEqual([counts["201"]?.length, counts["409"]?.length], [100, 100], Object.keys(counts).join());
    for await (const row of await client.get("/stock", staff)) {
      if (row.sku === "LAST") assert.deepEqual(row, { sku: "LAST", stock: 0, sold: 100 });
    }
  });
}
