/** docs/http-client.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createHttpClient } from "apus/http-client";
import { stubUpstream, testClient, type StubUpstream } from "apus/testing";
import { app, prices, stock, web } from "./http-client.ts";

type Stubbed = Disposable & { readonly upstream: StubUpstream };

/** A client in place of `prices`, or of `stock`, that calls a stub. */
async function stub(
  replaced: typeof prices,
  routes: Parameters<typeof stubUpstream>[0],
): Promise<Stubbed & AsyncDisposable> {
  const upstream = await stubUpstream(routes);
  const client = await createHttpClient({
    baseUrl: upstream.url,
    name: "prices",
    retries: { base: 1 },
    check: "/health",
  });
  const override = app.override(replaced, client);
  return {
    upstream,
    [Symbol.dispose]: () => override[Symbol.dispose](),
    async [Symbol.asyncDispose]() {
      override[Symbol.dispose]();
      await client.close();
      await upstream.close();
    },
  };
}

describe("docs/http-client.md", () => {
  // #region testing
  test("the price comes from the upstream", async () => {
    await using upstream = await stubUpstream({
      "GET /prices/{id}": ({ path }) => ({ product: path["id"], amount: 5 }),
    });
    await using stubbed = await createHttpClient({ baseUrl: upstream.url });
    using _override = app.override(prices, stubbed);
    await using client = await testClient(app);

    const answer = await client.fetch("/products/tea/price");
    assert.deepEqual(await answer.json(), { product: "tea", amount: 5 });
    assert.equal(upstream.calls[0]?.url, "/prices/tea");
  });
  // #endregion testing

  test("an upstream that answers wrongly is a 502 with its name, and not with what it said", async () => {
    await using _prices = await stub(prices, { "GET /prices/tea": { secret: "hunter2" } });
    await using client = await testClient(app);
    const answer = await client.fetch("/products/tea/price");
    assert.equal(answer.status, 502);
    assert.deepEqual(await answer.json(), {
      type: "about:blank",
      title: "Bad Gateway",
      status: 502,
      detail: "The upstream prices gave an answer of another form.",
      upstream: "prices",
    });
  });

  test("a POST with a key is repeated; its answer has status and fields", async () => {
    let count = 0;
    await using stubbed = await stub(prices, {
      "POST /orders": () => {
        count += 1;
        return new Response(null, { status: count === 1 ? 503 : 201, headers: { location: "/orders/1" } });
      },
    });
    await using client = await testClient(app);
    const init = { method: "POST", headers: { "content-type": "application/json", "x-request-id": "r-1" } };
    const answer = await client.fetch("/orders", { ...init, body: JSON.stringify({ product: "tea", count: 1 }) });
    assert.deepEqual(await answer.json(), { status: 201, location: "/orders/1" });
    const keys = stubbed.upstream.calls.map(({ headers }) => headers["idempotency-key"]);
    assert.deepEqual(keys, ["r-1", "r-1"]);
  });

  test("a status that means nothing; errors that are caught", async () => {
    await using _prices = await stub(prices, {
      "GET /prices/gone": () => new Response(null, { status: 410 }),
      "GET /prices/slow": (call) => call.stall(),
    });
    await using client = await testClient(app);
    assert.deepEqual(await (await client.fetch("/products/tea/discount")).json(), { product: "tea", amount: 0 });
    assert.equal((await client.fetch("/products/gone/estimate")).status, 404);
    const slow = await client.fetch("/products/slow/estimate");
    assert.deepEqual(await slow.json(), { product: "slow", amount: 100, isEstimate: true });
  });

  test("streams pass through; several calls at once; checks", async () => {
    await using _prices = await stub(prices, {
      "GET /prices/tea": { product: "tea", amount: 5 },
      "GET /rate": (call) => call.stall(),
      "GET /health": "fine",
    });
    await using _stock = await stub(stock, {
      "GET /rows.csv": () => new Response("a,b\n1,2\n"),
      "GET /stock/tea": { count: 7 },
      "GET /rate": 1.5,
      "GET /health": "fine",
    });
    await using client = await testClient(app);
    const rows = await client.fetch("/export");
    assert.deepEqual([rows.headers.get("content-type"), await rows.text()], ["text/csv", "a,b\n1,2\n"]);
    assert.deepEqual(await (await client.fetch("/products/tea")).json(), { product: "tea", amount: 5, count: 7 });
    assert.equal(await (await client.fetch("/rate")).json(), 1.5);
    assert.equal((await client.fetch("/upstreams")).status, 200);
  });

  test("URLs of users lead to no machine of ours", async () => {
    await using upstream = await stubUpstream({ "GET /": () => new Response("<title>Inside</title>") });
    const preview = async (): Promise<Response> => {
      await using client = await testClient(app);
      const init = { method: "POST", headers: { "content-type": "application/json" } };
      return await client.fetch("/previews", { ...init, body: JSON.stringify({ url: upstream.url }) });
    };
    assert.equal((await preview()).status, 422);
    const guard = { allow: ["127.0.0.1"], ports: [Number(new URL(upstream.url).port)] };
    await using allowed = await createHttpClient({ untrusted: true, guard });
    using _override = app.override(web, allowed);
    assert.deepEqual(await (await preview()).json(), { title: "Inside" });
  });
});
