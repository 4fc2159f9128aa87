/** docs/settings.md, run. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { inspect } from "node:util";
import { readSettings } from "apus";
import { testClient } from "apus/testing";
import { z } from "zod";
import { app, Settings, settings as settingsOfApp } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "apus-settings-"));
const start = process.cwd();
const before = process.env;
after(() => {
  process.chdir(start);
  process.env = before;
  rmSync(folder, { recursive: true });
});
process.chdir(folder);

describe("docs/settings.md", () => {
  test("settings are read at the top of a module", async () => {
    process.env = { ...before, DATABASE__URL: "postgres://ada:hush@localhost/shop", LOG_LEVEL: "debug" };
    // #region read
    const settings = await readSettings(Settings);
    const { port, database } = settings;
    // #endregion read
    assert.equal(port, 8000);
    assert.equal(database.url, "postgres://ada:hush@localhost/shop");
    assert.doesNotMatch(inspect(settings) + JSON.stringify(settings), /hush/);
    assert.match(inspect(settings), /postgres:\/\/\[redacted\]@localhost\/shop/);
  });

  test("files, prefix, secret files", async () => {
    writeFileSync(".env", "SHOP_PORT=1\nSHOP_DATABASE__URL=weak");
    writeFileSync(".env.local", "SHOP_PORT=2");
    writeFileSync("database-url", "strong\n");
    process.env = { ...before, SHOP_DATABASE__URL_FILE: "database-url" };
    // #region files
    const settings = await readSettings(Settings, {
      prefix: "SHOP_",
      files: [{ path: ".env", required: true }, ".env.local"],
      secretFiles: true,
    });
    // #endregion files
    assert.equal(settings.port, 2);
    assert.equal(settings.database.url, "strong");
  });

  test("texts", async () => {
    const Texts = z.object({ debug: z.boolean(), hosts: z.array(z.string()), limits: z.record(z.string(), z.int()) });
    for (const HOSTS of ["a.example, b.example", '["a.example","b.example"]']) {
      const environment = { DEBUG: "on", HOSTS, LIMITS: '{"free":10}' };
      const read = await readSettings(Texts, { environment });
      assert.deepEqual(read, { debug: true, hosts: ["a.example", "b.example"], limits: { free: 10 } });
    }
  });

  test("a test gives others", async () => {
    // #region test
    const environment = { DATABASE__URL: "memory:", DATABASE__POOL_SIZE: "1" };
    using _given = app.override(settingsOfApp, await readSettings(Settings, { environment }));
    await using client = await testClient(app);
    const answer = await client.fetch("/limits");
    assert.deepEqual(await answer.json(), { connections: 1 });
    // #endregion test
  });
});
