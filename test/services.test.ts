/** The script that starts real servers: what it prints works, what it started is gone behind it, and nothing else is. */

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Redis } from "ioredis";
import { Client } from "pg";
import { describeMissing, findService, serviceKinds } from "../scripts/find-service.ts";
import { root } from "../scripts/run-step.ts";
import { createTestDatabase, servicesFor } from "./services.ts";

const missing = serviceKinds.find((kind) => process.platform === "win32" || findService(kind) === undefined);
const skip = missing === undefined ? false : describeMissing(missing);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe("scripts/services.ts", { skip }, () => {
  let folder = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "apus-script-"));
    chmodSync(folder, 0o755); // The servers run as other users.
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  function start(words: readonly string[]): ChildProcess {
    const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: folder };
    return spawn(process.execPath, [join(root, "scripts/services.ts"), ...words], { env, stdio: "pipe" });
  }

  async function finish(child: ChildProcess): Promise<Ended> {
    const ended = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => (ended[name] += text));
    }
    const [code] = (await once(child, "close")) as [number | null];
    return { code, ...ended };
  }

  const run = (...words: readonly string[]): Promise<Ended> => finish(start(words));

  /** What servers have left, beside the folder of the script's own notes. */
  const leftovers = (): readonly string[] => readdirSync(folder).filter((name) => !name.startsWith("apus-services-"));

  test("starts both once, and stops them", async () => {
    const first = await run("start");
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(await run("start"), first);
    const urls = Object.fromEntries(
      first.stdout
        .trim()
        .split("\n")
        .map((line) => /^(\w+)=(.+)$/.exec(line)?.slice(1) ?? []),
    ) as { readonly DATABASE_URL: string; readonly REDIS_URL: string };
    assert.match(urls.DATABASE_URL, /^postgres:\/\/postgres:.{20,}@127\.0\.0\.1:\d+\/postgres$/);
    const client = new Client({ connectionString: urls.DATABASE_URL });
    await client.connect();
    assert.deepEqual((await client.query("SHOW max_connections")).rows, [{ max_connections: "200" }]);
    await client.end();
    const redis = new Redis(urls.REDIS_URL);
    assert.equal(await redis.ping(), "PONG");
    redis.disconnect();
    assert.equal(leftovers().length, 2);
    assert.deepEqual(await run("stop"), { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(leftovers(), []);
    const later = new Client({ connectionString: urls.DATABASE_URL });
    await assert.rejects(later.connect(), { code: "ECONNREFUSED" });
    assert.deepEqual(await run("stop"), { code: 0, stdout: "", stderr: "" });
  });

  test("runs a command with servers of its own, and gives its exit code", async () => {
    const script = "console.log(process.env.DATABASE_URL === process.argv[1], process.env.REDIS_URL); process.exit(7)";
    const ended = await run("run", "redis", "--", process.execPath, "-e", script, process.env["DATABASE_URL"] ?? "");
    assert.equal(ended.code, 7);
    assert.match(ended.stdout, /^(?:true|false) redis:\/\/:.{20,}@127\.0\.0\.1:\d+\n$/);
    assert.deepEqual(leftovers(), []);
  });

  test("hands signals to the command, and leaves nothing behind", async () => {
    const script = `process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1_000); console.log("runs")`;
    const child = start(["run", "redis", "--", process.execPath, "-e", script]);
    child.stdout?.once("data", () => child.kill("SIGTERM"));
    assert.equal((await finish(child)).code, 5);
    assert.deepEqual(leftovers(), []);
  });

  test("says what it does not understand, and what it cannot start", async () => {
    for (const words of [[], ["begin"], ["start", "mysql"], ["run"], ["run", "redis", "--"]]) {
      const { code, stderr } = await run(...words);
      assert.equal(code, 1);
      assert.match(stderr, /usage: node scripts\/services\.ts/);
    }
    const { code, stderr } = await run("run", "redis", "--", "no-such-program");
    assert.equal(code, 1);
    assert.match(stderr, /no-such-program/);
    assert.deepEqual(leftovers(), []);
  });
});

test("a database of a test is gone behind it", { skip: servicesFor("postgres").skip }, async () => {
  let url = "";
  {
    await using database = await createTestDatabase();
    ({ url } = database);
    const client = new Client({ connectionString: url });
    client.on("error", () => {}); // It is dropped with those who are connected.
    await client.connect();
    await client.query("CREATE TABLE a (b int)");
  }
  await assert.rejects(new Client({ connectionString: url }).connect(), { code: "3D000" });
});

test("without a server, tests are skipped with the remedy; where one is needed, they fail", () => {
  const { DATABASE_URL, APUS_NEED_SERVICES } = process.env;
  try {
    delete process.env["DATABASE_URL"];
    delete process.env["APUS_NEED_SERVICES"];
    const { url, skip: reason } = servicesFor("postgres");
    assert.equal(url, undefined);
    assert.match(String(reason), /run node scripts\/services\.ts run postgres -- npm test/);
    process.env["APUS_NEED_SERVICES"] = "1";
    assert.throws(() => servicesFor("postgres"), /DATABASE_URL is not set/);
    process.env["DATABASE_URL"] = "postgres://a";
    assert.deepEqual(servicesFor("postgres"), { url: "postgres://a", skip: false });
  } finally {
    restore("DATABASE_URL", DATABASE_URL);
    restore("APUS_NEED_SERVICES", APUS_NEED_SERVICES);
  }
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
