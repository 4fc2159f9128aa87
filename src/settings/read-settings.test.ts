/** Settings from variables and files: names, texts, precedence, and errors and prints that show no value. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { inspect } from "node:util";
import * as v from "valibot";
import { z } from "zod";
import type { ApusError } from "../errors/apus-error.ts";
import { readSettings } from "./read-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "apus-settings-"));
after(() => rmSync(folder, { recursive: true }));

function writeEnv(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The message of the error that reading ends with. */
async function failWith(read: Promise<unknown>): Promise<string> {
  const error = await read.then(
    () => assert.fail("nothing was thrown"),
    (thrown: unknown) => thrown as ApusError,
  );
  assert.equal(error.code, "APUS_SETTINGS", error.message);
  return error.reason;
}

describe("names", () => {
  const Schema = z.object({
    databaseUrl: z.string(),
    "s3-bucket": z.string(),
    apiURL: z.string(),
    log_level: z.string(),
    OAUTH2_ID: z.string(),
  });

  test("a property is found under the usual name of a variable", async () => {
    const environment = { DATABASE_URL: "a", S3_BUCKET: "b", API_URL: "c", LOG_LEVEL: "d", OAUTH2_ID: "e" };
    assert.deepEqual(await readSettings(Schema, { environment }), {
      databaseUrl: "a",
      "s3-bucket": "b",
      apiURL: "c",
      log_level: "d",
      OAUTH2_ID: "e",
    });
  });

  test("its exact name comes first", async () => {
    const environment = { port: "1", PORT: "2" };
    assert.deepEqual(await readSettings(z.object({ port: z.int() }), { environment }), { port: 1 });
  });

  test("a prefix stands before all of them", async () => {
    const environment = { PORT: "1", SHOP_PORT: "2", SHOP_DATABASE__URL: "x" };
    const Prefixed = z.object({ port: z.int(), database: z.object({ url: z.string() }) });
    const settings = await readSettings(Prefixed, { environment, prefix: "SHOP_" });
    assert.deepEqual(settings, { port: 2, database: { url: "x" } });
  });

  test("names of Object.prototype are variables like others", async () => {
    const Odd = z.object({ toString: z.string().optional(), valueOf: z.string() });
    assert.deepEqual(await readSettings(Odd, { environment: { VALUE_OF: "a" } }), { valueOf: "a" });
  });

  test("process.env is read by default", async () => {
    const settings = await readSettings(z.object({ path: z.string().optional(), PATH: z.string() }));
    assert.equal(settings.PATH, process.env["PATH"]);
  });
});

describe("texts", () => {
  test("become what the schema's JSON Schema says", async () => {
    const Schema = z.object({
      port: z.int(),
      ratio: z.number(),
      debug: z.boolean(),
      level: z.enum(["debug", "info"]),
      limit: z.int().default(7),
      note: z.string().optional(),
      nothing: z.int().optional(),
      since: z.iso.datetime().transform((text) => new Date(text)),
    });
    const since = "2026-11-22T00:00:00Z";
    const environment = { PORT: "80", RATIO: "0.5", DEBUG: "yes", LEVEL: "info", NOTE: "", NOTHING: "", SINCE: since };
    assert.deepEqual(await readSettings(Schema, { environment }), {
      port: 80,
      ratio: 0.5,
      debug: true,
      level: "info",
      limit: 7,
      note: "",
      since: new Date(since),
    });
  });

  test("lists are JSON, or texts between commas", async () => {
    const Schema = z.object({
      hosts: z.array(z.string()),
      ports: z.array(z.int()),
      either: z.union([z.string(), z.array(z.string())]),
    });
    const read = async (HOSTS: string, PORTS: string, EITHER: string): Promise<unknown> =>
      readSettings(Schema, { environment: { HOSTS, PORTS, EITHER } });
    assert.deepEqual(await read("a, b", "1,2", "a,b"), { hosts: ["a", "b"], ports: [1, 2], either: "a,b" });
    assert.deepEqual(await read('["a,b"]', " [1]", '["x"]'), { hosts: ["a,b"], ports: [1], either: ["x"] });
    assert.deepEqual(await read("", "", "[x"), { hosts: [], ports: [], either: "[x" });
    assert.match(await failWith(read("[a", "1", "")), /HOSTS \(from the environment\) must be a list/);
  });

  test("objects are JSON, or variables of their own, which count before it", async () => {
    const Schema = z.object({
      database: z.object({ url: z.string(), pool: z.object({ size: z.int(), idle: z.int().default(1) }) }),
      cache: z.object({ ttl: z.int() }).optional(),
      limits: z.record(z.string(), z.int()).optional(),
    });
    const environment = { DATABASE: '{"url":"a","pool":{"size":1}}', DATABASE__POOL__SIZE: "2", LIMITS: '{"a":3}' };
    assert.deepEqual(await readSettings(Schema, { environment }), {
      database: { url: "a", pool: { size: 2, idle: 1 } },
      limits: { a: 3 },
    });
    const message = await failWith(readSettings(Schema, { environment: { CACHE: "{", LIMITS: "a" } }));
    assert.deepEqual(message.split("\n").slice(1), [
      "  DATABASE__URL is not set in the environment; it must be text.",
      "  DATABASE__POOL__SIZE is not set in the environment; it must be an integer.",
      "  CACHE (from the environment) must be an object (JSON): Invalid input: expected object, received string.",
      "  LIMITS (from the environment) must be an object (JSON): Invalid input: expected record, received string.",
    ]);
  });

  test("a schema that contains itself is read as JSON", async () => {
    const Tree = z.object({
      name: z.string(),
      get child() {
        return Tree.optional();
      },
    });
    const environment = { NAME: "a", CHILD: '{"name":"b"}' };
    assert.deepEqual(await readSettings(Tree, { environment }), { name: "a", child: { name: "b" } });
  });

  test("other vendors, and unions of objects", async () => {
    const Schema = v.object({ port: v.pipe(v.number(), v.integer()), tags: v.optional(v.array(v.string()), ["x"]) });
    assert.deepEqual(await readSettings(Schema, { environment: { PORT: "80" } }), { port: 80, tags: ["x"] });
    const Queue = z.discriminatedUnion("driver", [
      z.object({ driver: z.literal("memory") }),
      z.object({ driver: z.literal("file"), path: z.string() }),
    ]);
    const environment = { QUEUE__DRIVER: "file", QUEUE__PATH: "q" };
    assert.deepEqual(await readSettings(z.object({ queue: Queue }), { environment }), {
      queue: { driver: "file", path: "q" },
    });
  });
});

describe("files", () => {
  const Schema = z.object({ a: z.string(), b: z.string(), c: z.string() });

  test("later ones count before earlier ones, and the environment before all", async () => {
    const files = [writeEnv("one.env", "A=1\nB=1\nC=1"), { path: writeEnv("two.env", "\uFEFFB=2\nexport C='2' # x") }];
    assert.deepEqual(await readSettings(Schema, { files, environment: { C: "3" } }), { a: "1", b: "2", c: "3" });
  });

  test("one that is missing is passed over, unless it is required; one that cannot be read is not", async () => {
    const environment = { A: "1", B: "1", C: "1" };
    const missing = join(folder, "missing.env");
    await readSettings(Schema, { files: [missing], environment });
    const message = await failWith(
      readSettings(Schema, { files: [{ path: missing, required: true }, folder], environment }),
    );
    assert.ok(message.includes(`The file ${missing} cannot be read (ENOENT).`), message);
    assert.ok(message.includes(`The file ${folder} cannot be read (EISDIR).`), message);
  });

  test("nothing of a file gets into the process's environment", async () => {
    await readSettings(z.object({ fromFile: z.string() }), { files: [writeEnv("x.env", "FROM_FILE=1")] });
    assert.equal(process.env["FROM_FILE"], undefined);
  });
});

describe("secret files", () => {
  const Schema = z.object({ password: z.string(), log: z.string().optional(), logFile: z.string().optional() });

  test("a variable that ends with _FILE names a file with the value", async () => {
    const PASSWORD_FILE = writeEnv("secret", "hush \n");
    const settings = await readSettings(Schema, {
      secretFiles: true,
      environment: { PASSWORD_FILE, LOG_FILE: "app.log" },
    });
    assert.deepEqual({ ...settings }, { password: "hush ", logFile: "app.log" });
    const message = await failWith(readSettings(Schema, { environment: { PASSWORD_FILE } }));
    assert.match(message, /PASSWORD is not set/);
  });

  test("the stronger source counts, and both in one are a mistake", async () => {
    const PASSWORD_FILE = writeEnv("secret", "file\r\n");
    const files = [writeEnv("weak.env", "PASSWORD=weak")];
    const strong = await readSettings(Schema, { secretFiles: true, files, environment: { PASSWORD_FILE } });
    assert.equal(strong.password, "file");
    const environment = { PASSWORD: "direct", PASSWORD_FILE };
    assert.equal(
      await failWith(readSettings(Schema, { secretFiles: true, environment })),
      "One setting is missing or wrong:\n  PASSWORD and PASSWORD_FILE are both set in the environment: leave one of them out.",
    );
  });

  test("a file that cannot be read is named by its variable only", async () => {
    const environment = { PASSWORD_FILE: join(folder, "no-such-secret") };
    assert.equal(
      await failWith(readSettings(Schema, { secretFiles: true, environment })),
      "One setting is missing or wrong:\n  PASSWORD_FILE (from the environment): the file that it names cannot be read (ENOENT).",
    );
  });
});

describe("one error for all", () => {
  test("names every variable, its place and what it must be, and shows no value", async () => {
    const Schema = z.object({
      databaseUrl: z.url(),
      port: z.int().min(1).max(65_535),
      level: z.enum(["debug", "info"]),
      apiToken: z.string().refine(() => false, { error: (issue) => `bad ${String(issue.input)}` }),
      hosts: z.array(z.string().max(3)),
    });
    const files = [writeEnv("bad.env", "PORT=eighty\nHOSTS=ok,confidential")];
    const environment = { LEVEL: "loudest", API_TOKEN: "tok-1234567" };
    const message = await failWith(readSettings(Schema, { files, environment }));
    const lines = message.replaceAll(files[0] ?? "", ".env").split("\n");
    assert.deepEqual(lines, [
      "5 settings are missing or wrong:",
      "  DATABASE_URL is not set in the environment or .env; it must be text (uri).",
      "  PORT (from .env) must be an integer from 1 to 65535: Invalid input: expected number, received string.",
      '  LEVEL (from the environment) must be one of "debug", "info": Invalid option: expected one of "debug"|"info".',
      "  API_TOKEN (from the environment) must be text: does not fit the schema.",
      "  HOSTS (from .env) must be a list (a,b,c or JSON): Too big: expected string to have <=3 characters.",
    ]);
    for (const value of ["eighty", "loudest", "tok-", "confidential"]) assert.ok(!message.includes(value), value);
  });

  test("what concerns several settings names none", async () => {
    const Schema = z.object({ a: z.int(), b: z.int() }).refine(({ a, b }) => a < b, "a must be less than b");
    const message = await failWith(readSettings(Schema, { environment: { A: "2", B: "1" } }));
    assert.equal(message, "One setting is missing or wrong:\n  All together: a must be less than b.");
  });

  test("options and schemas that mean nothing are refused", async () => {
    const Schema = z.object({ a: z.string().optional() });
    const wrong: readonly Record<string, unknown>[] = [
      { file: ".env" },
      { files: ".env" },
      { files: [1] },
      { prefix: "a-" },
      { secretFiles: 1 },
      { secrets: [1] },
    ];
    for (const options of wrong) {
      await assert.rejects(readSettings(Schema, options), { code: "APUS_BAD_OPTION" }, JSON.stringify(options));
    }
    await assert.rejects(readSettings({} as typeof Schema), { code: "APUS_NOT_A_SCHEMA" });
    await assert.rejects(readSettings(z.record(z.string(), z.string())), { code: "APUS_UNDESCRIBABLE_SCHEMA" });
  });
});

describe("what is given", () => {
  const Schema = z.object({
    database: z.object({ url: z.string(), password: z.string() }),
    signingKeys: z.array(z.string()),
    brokers: z.array(z.string()),
    licence: z.string(),
    port: z.int(),
  });
  const environment = {
    DATABASE__URL: "postgres://ada:p/w@rd@db/shop",
    DATABASE__PASSWORD: "hush-1",
    SIGNING_KEYS: "hush-2,hush-3",
    BROKERS: "amqp://u:hush-4@a,amqp://u:hush-5@b",
    LICENCE: "hush-6",
    PORT: "80",
  };

  test("is frozen at any depth", async () => {
    const settings = await readSettings(Schema, { environment });
    assert.throws(() => ((settings as { port: number }).port = 1), TypeError);
    assert.throws(() => ((settings.database as { url: string }).url = ""), TypeError);
    assert.throws(() => (settings.brokers as string[]).push(""), TypeError);
    assert.equal(settings.database.password, "hush-1");
  });

  test("prints without secrets, as a whole and in parts", async () => {
    const settings = await readSettings(Schema, { environment, secrets: ["licence"] });
    const prints = [
      inspect(settings, { depth: 9 }),
      JSON.stringify(settings),
      JSON.stringify({ nested: [settings] }),
      inspect({ settings }, { depth: 9 }),
      inspect(settings.database),
      JSON.stringify(settings.database),
    ];
    for (const print of prints) assert.doesNotMatch(print, /hush|p\/w|rd@|ada/, print);
    assert.deepEqual(JSON.parse(JSON.stringify(settings)), {
      database: { url: "postgres://[redacted]@db/shop", password: "[redacted]" },
      signingKeys: "[redacted]",
      brokers: ["amqp://[redacted]@a", "amqp://[redacted]@b"],
      licence: "[redacted]",
      port: 80,
    });
  });

  test("does not freeze what the schema itself keeps", async () => {
    const shared = { list: [1] };
    const settings = await readSettings(z.object({ x: z.any().default(shared), y: z.string().optional() }), {
      environment: {},
    });
    assert.deepEqual(settings.x, shared);
    assert.ok(!Object.isFrozen(shared));
  });
});
