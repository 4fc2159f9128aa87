/** docs/bodies.md, run. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { RunningServer } from "apus";
import { sendBackup, sendReadings } from "./bodies-client.ts";
import { app } from "./bodies.ts";

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

describe("docs/bodies.md", () => {
  let server: RunningServer;
  before(async () => {
    server = await app.listen({ port: 0, signals: false, idleGrace: 0 });
  });
  after(() => server.stop());

  const post = async (path: string, body: string, headers: Record<string, string>): Promise<Answer> => {
    const response = await fetch(server.url + path, { method: "POST", body, headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  test("a signature is checked over the bytes as they were sent", async () => {
    const content = '{ "paid": true }';
    const signature = createHmac("sha256", "s3cret").update(content).digest("hex");
    const headers = { "content-type": "application/json", "x-signature": signature };
    assert.deepEqual(await post("/hooks/payments", content, headers), { status: 200, body: { bytes: 16 } });
    assert.equal((await post("/hooks/payments", `${content} `, headers)).status, 403);
    assert.equal((await post("/hooks/payments", content, { ...headers, "content-type": "text/plain" })).status, 415);
  });

  test("rows and bytes from the typed client", async () => {
    assert.deepEqual(await sendReadings(server.url), ["roof"]);
    const shown: number[] = [];
    await sendBackup(server.url, new Blob([new Uint8Array(300_000)]), (percent) => shown.push(percent));
    assert.equal(shown.at(-1), 100);
    assert.ok(shown.length > 1);
  });

  test("what is refused, and how it is told", async () => {
    const lines = { "content-type": "application/jsonl" };
    const wrong = await post("/readings", '{"sensor":"a","celsius":1}\n{"sensor":"","celsius":1}\n', lines);
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.body["errors"], [
      {
        in: "body",
        pointer: "/1/sensor",
        message: "Too small: expected string to have >=1 characters (row 2)",
        code: "too_small",
      },
    ]);
    const cut = await post("/readings", '{"sensor":"a","celsius":1}\n{"sensor":', lines);
    assert.deepEqual([cut.status, cut.body["code"], cut.body["row"]], [400, "json-syntax", 2]);
    const long = await post("/readings", " ".repeat(10_001), lines);
    assert.deepEqual([long.status, long.body["code"], long.body["limit"]], [413, "line-too-large", 10_000]);
    const table = { "content-type": "text/csv" };
    const column = await post("/readings/import", "sensor;checked\n", table);
    assert.deepEqual(column.body["errors"], [
      { in: "body", pointer: "", message: 'has no column "celsius"', code: "missing" },
    ]);
    for (const [content, status, code] of [
      ["", 400, "csv-header"],
      ["sensor;sensor\n", 400, "csv-header"],
      ["sensor;celsius\na\n", 400, "csv-columns"],
      ['sensor;celsius\n"a\n', 400, "csv-syntax"],
      [`sensor;celsius\n${"a".repeat(131_073)};1`, 413, "field-too-large"],
      [`sensor;celsius\n${`${"a".repeat(100_000)};`.repeat(11)}`, 400, "csv-columns"],
    ] as const) {
      const answer = await post("/readings/import", content, table);
      assert.deepEqual([answer.status, answer.body["code"]], [status, code]);
    }
    const texts = 'sensor;checked;celsius\r\n"roof; ""east""";yes;31.5\r\n\r\ncellar;;12';
    assert.deepEqual(await post("/readings/import", texts, table), { status: 200, body: { unchecked: ["cellar"] } });
  });
});
