/** docs/telemetry.md, run. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { testClient } from "apus/testing";
import { app, plain } from "./telemetry.ts";

test("the figures are for who has the key", async () => {
  await using client = await testClient(app);
  await (await client.fetch("/items/7")).text();
  assert.equal((await client.fetch("/metrics")).status, 401);
  const page = await (await client.fetch("/metrics", { headers: { authorization: "Bearer s3cret" } })).text();
  const labels = `http_request_method="GET",url_scheme="http",http_route="/items/{id:int}",http_response_status_code="200"`;
  assert.ok(page.includes(`http_server_request_duration_seconds_count{${labels}} 1\n`), page);
  assert.match(page, /db_client_connection_count\{db_client_connection_pool_name="db",/);
  assert.match(page, /apus_http_client_calls_total\{client="prices"\} 0/);
});

test("without OpenTelemetry there is the page", async () => {
  await using client = await testClient(plain);
  assert.match(await (await client.fetch("/metrics")).text(), /^nodejs_eventloop_delay_p99_seconds \d/m);
});
