/** A shop that is killed in the middle of its orders: nothing is sold by halves, what was promised is kept, and the next one goes on. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { createClient, type Client } from "apus/client";
import { createTestDatabase, servicesFor } from "../../test/services.ts";
import { describeEnvironment, logIn, password, startPrices, type Api, type Headers } from "./test-shop.ts";

interface ShopProcess extends AsyncDisposable {
  readonly client: Client<Api>;
  readonly url: string;
  /** Ends it, and gives the code that it ended with. */
  stop(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
}

type Environment = Readonly<Record<string, string>>;

const pieces = 1_000;
const body = { items: ["A", "B"].map((sku) => ({ sku, count: 1 })) };

async function startShop(environment: Environment): Promise<ShopProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "app.ts")], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[code: number | null]>;
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const line = await Promise.race([said.then(({ value }) => String(value)), exited.then(() => "nothing")]);
  const url = /http:\/\/[^/]+/.exec(line)?.[0];
  if (url === undefined) throw new Error("The shop did not start.");
  const stop = async (signal: "SIGKILL" | "SIGTERM"): Promise<number | null> => {
    child.kill(signal);
    const [code] = await exited;
    return code;
  };
  return {
    client: createClient<Api>({ baseUrl: url }),
    url,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop("SIGKILL")),
  };
}

const logInAt = (shop: ShopProcess, name: string): Promise<Headers> =>
  logIn((path, init) => fetch(shop.url + path, init), name);

/** Orders one after the other, until the shop is gone. */
async function orderOn(shop: ShopProcess, { by, told }: { by: Headers; told: (id: string) => void }): Promise<void> {
  try {
    for (;;) told((await shop.client.post("/orders", { body, ...by })).id);
  } catch (error) {
    assert.equal((error as { status?: number }).status, 0, String(error));
  }
}

/** Kills a shop between its orders; gives those that it had promised. */
async function killInTheMiddle(shop: ShopProcess, by: Headers): Promise<ReadonlySet<string>> {
  const promised = new Set<string>();
  const enough = Promise.withResolvers<void>();
  const told = (id: string): void => {
    if (promised.add(id).size === 30) enough.resolve();
  };
  const customers = Promise.all(Array.from({ length: 12 }, () => orderOn(shop, { by, told })));
  await Promise.race([enough.promise, customers]);
  await shop.stop("SIGKILL");
  await customers;
  return promised;
}

async function takeStock(shop: ShopProcess, staff: Headers): Promise<number> {
  const sold: number[] = [];
  for await (const row of await shop.client.get("/stock", staff)) {
    assert.equal(row.stock + row.sold, pieces, row.sku);
    sold.push(row.sold);
  }
  assert.equal(sold.length, 2);
  assert.equal(sold[0], sold[1], "an order takes both or none");
  return sold[0] ?? 0;
}

async function tellOfDeath(environment: Environment): Promise<void> {
  const first = await startShop(environment);
  await first.client.post("/accounts", { body: { name: "ada", password } });
  const staff = await logInAt(first, "staff");
  const ada = await logInAt(first, "ada");
  for (const { sku } of body.items) {
    await first.client.post("/products", { body: { sku, name: sku, stock: pieces }, ...staff });
  }
  const promised = await killInTheMiddle(first, ada);

  await using second = await startShop(environment);
  const sold = await takeStock(second, staff);
  assert.ok(sold >= promised.size && sold <= promised.size + 12, `${sold} sold, ${promised.size} promised`);
  for (const id of promised) {
    const order = await second.client.get("/orders/{id:uuid}", { path: { id }, ...ada });
    assert.deepEqual([order.state, order.items.length], ["placed", 2]);
  }
  await second.client.post("/orders", { body, ...ada });
  assert.equal(await takeStock(second, staff), sold + 1);
  if (environment["DATABASE_URL"]?.startsWith("postgres") === true) {
    await using third = await startShop(environment);
    await tellOfTwo(second, third, staff);
  }
  assert.equal(await second.stop("SIGTERM"), 0);
}

/** What one process changes is told by another one. */
async function tellOfTwo(one: ShopProcess, other: ShopProcess, staff: Headers): Promise<void> {
  const { id } = await one.client.post("/orders", { body, ...staff });
  const path = { id };
  const states: string[] = [];
  for await (const { data } of await other.client.get("/orders/{id:uuid}/events", { path, ...staff })) {
    states.push(data.state);
    if (data.state === "cancelled") break;
    await one.client.patch("/orders/{id:uuid}", { path, body: { state: "cancelled" }, ...staff });
  }
  assert.deepEqual(states, ["placed", "cancelled"]);
  await takeStock(other, staff);
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "apus-shop-kill-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("a shop on SQLite is killed", () =>
  withFolder(async (folder) => {
    await using upstream = await startPrices();
    await tellOfDeath(describeEnvironment(`sqlite:${join(folder, "shop.db")}`, folder, upstream.url));
  }));

test("a shop on PostgreSQL is killed, and two tell each other", { skip: servicesFor("postgres").skip }, () =>
  withFolder(async (folder) => {
    await using upstream = await startPrices();
    await using database = await createTestDatabase();
    await tellOfDeath(describeEnvironment(database.url, folder, upstream.url));
  }),
);
