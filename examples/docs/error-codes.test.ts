/** docs/errors/*.md, run: every page shows the message that its mistake really gives. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { App, dependency, type Dependency, type ErrorCode, readSettings, redirect, Router, session } from "apus";
import { migrate, openDatabase } from "apus/sql";
import { task, taskQueue } from "apus/tasks";
import { offload } from "apus/workers";
import * as v from "valibot";
import { z } from "zod";
import { createMemoryLogger, type Line } from "./logging.ts";

const quiet = { log: false } as const;

/** The message of the error that a wrong start ends with. */
async function failStart(declare: (app: App) => void): Promise<string> {
  const app = new App(quiet);
  return messageOf(async () => {
    declare(app);
    await app.start();
  });
}

/** The message of the error that a request of a handler ends with, as the log has it. */
async function failRequest(declare: (app: App) => void): Promise<string> {
  const lines: Line[] = [];
  const app = new App({ log: createMemoryLogger(lines) });
  declare(app);
  const answer = await app.fetch(new Request("http://localhost/"));
  await app.stop();
  assert.equal(answer.status, 500);
  return String((lines.at(-1)?.["error"] as Error | undefined)?.message);
}

async function messageOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("nothing was thrown");
}

const Item = z.object({ id: z.int(), name: z.string() });

const mistakes: Readonly<Record<ErrorCode, () => string | Promise<string>>> = {
  APUS_ALREADY_LISTENING: async () => {
    const app = new App(quiet);
    await using server = await app.listen({ port: 0, signals: false });
    return await messageOf(() => app.listen({ port: server.port }));
  },
  APUS_BAD_OPTION: () => failStart((app) => app.get("/items", { status: 500 }, () => "never")),
  APUS_BAD_TEMPLATE: () => failStart((app) => app.get("/items/{id", () => "never")),
  APUS_DEPENDENCY_CYCLE: () =>
    failStart((app) => {
      const use: Record<string, Dependency> = {};
      const user = dependency({ name: "user", use }, () => "ada");
      use["session"] = dependency({ name: "session", use: { user } }, () => 1);
      app.get("/items", { use: { user } }, () => "never");
    }),
  APUS_DEPENDENCY_SCOPE: () =>
    failStart((app) => {
      const user = dependency({ name: "user" }, ({ request }) => request.headers.get("x-user"));
      const database = dependency({ name: "database", scope: "app", use: { user } }, () => "db://");
      app.get("/items", { use: { database } }, () => "never");
    }),
  APUS_DEPENDENCY_YIELD: () =>
    failRequest((app) => {
      const empty = dependency({ name: "session" }, async function* () {});
      app.get("/", { use: { empty } }, () => "never");
    }),
  APUS_DUPLICATE_CONVERTER: () =>
    failStart((app) => {
      const word = { parse: (text: string) => text, format: (text: string) => text, schema: {}, expected: "a word" };
      const other = new Router({ converters: { word: { ...word } } });
      other.get("/{a:word}", () => 1);
      const inner = new Router({ converters: { word } });
      inner.include(other);
      inner.get("/x/{a:word}", () => 1);
      app.include(inner);
    }),
  APUS_DUPLICATE_OPERATION_ID: () =>
    failStart((app) => {
      app.get("/items", { operationId: "items" }, () => []);
      app.get("/all-items", { operationId: "items" }, () => []);
    }),
  APUS_DUPLICATE_ROUTE: () =>
    failStart((app) => {
      app.get("/items/{id:int}", () => 1);
      app.get("/items/{number:int}", () => 2);
    }),
  APUS_FROZEN: async () => {
    const app = new App(quiet);
    await app.start();
    const message = await messageOf(() => app.get("/late", () => 1));
    await app.stop();
    return message;
  },
  APUS_HEAD_SENT: async () => {
    const late = Promise.withResolvers<string>();
    const app = new App(quiet);
    app.get("/", ({ response }) => {
      setTimeout(() => late.resolve(messageOf(() => response.setHeader("x-late", "1"))), 5);
      return {};
    });
    await app.fetch(new Request("http://localhost/"));
    await app.stop();
    return late.promise;
  },
  APUS_INVALID_HEADER: () => failRequest((app) => app.get("/", () => redirect("//evil.example"))),
  APUS_INVALID_RESPONSE: () =>
    failRequest((app) => app.get("/", { response: Item }, () => ({ id: 1, name: null as unknown as string }))),
  APUS_LIFESPAN: () => failStart((app) => app.lifespan(async function* () {})),
  APUS_MIGRATION: async () => {
    const folder = mkdtempSync(join(tmpdir(), "apus-error-codes-"));
    const text = `export const up = (database) => database.deleteFrom("prodcut").execute();`;
    writeFileSync(join(folder, "001-products.ts"), text);
    await using opened = await openDatabase({ url: "sqlite::memory:" });
    const message = await messageOf(() => migrate(opened, { folder }));
    rmSync(folder, { recursive: true });
    return message.replace(folder, "/app/migrations");
  },
  APUS_MISSING_PACKAGE: () => {
    registerHooks({
      resolve: (specifier, context, next) => {
        if (specifier === "@valibot/to-json-schema") throw new Error("not installed");
        return next(specifier, context);
      },
    });
    return failStart((app) => app.post("/items", { body: v.object({ name: v.string() }) }, () => "never"));
  },
  APUS_NOT_A_SCHEMA: () =>
    failStart((app) => app.post("/items", { body: { type: "object" } as unknown as typeof Item }, () => "never")),
  APUS_OFFLOAD: async () => {
    const resize = offload(import.meta, "resize", (size: number) => size);
    const message = await messageOf(() => resize((() => 1) as unknown as number));
    await offload.close();
    return message;
  },
  APUS_PARAMETER_MISMATCH: () =>
    failStart((app) => app.get("/items/{id}", { path: z.object({ item: z.string() }) }, () => "never")),
  APUS_ROUTER_CYCLE: () =>
    failStart((app) => {
      const router = new Router({ prefix: "/a" });
      router.include(router);
      app.include(router);
    }),
  APUS_SCHEMA_NAME_CLASH: () =>
    failStart((app) => {
      app.post("/items", { body: z.object({ name: z.string() }).meta({ id: "Item" }) }, () => 1);
      app.post("/things", { body: z.object({ size: z.int() }).meta({ id: "Item" }) }, () => 1);
    }),
  APUS_SESSION: () =>
    failRequest((app) =>
      app.get("/", { use: { own: session({ keys: "k".repeat(32) }) } }, ({ own }) => own.set("cart", "x".repeat(5000))),
    ),
  APUS_SETTINGS: () =>
    messageOf(() =>
      readSettings(z.object({ databaseUrl: z.string(), port: z.int().min(1).max(65_535) }), {
        environment: { PORT: "eighty" },
      }),
    ),
  APUS_SQL_SESSION: async () => {
    await using opened = await openDatabase({ url: "sqlite::memory:" });
    const late = await opened.transaction(async (own) => ({ run: () => own.execute("select 1") }));
    return await messageOf(late.run);
  },
  APUS_TASK_INPUT: async () => {
    const sendReceipt = task("send-receipt", { input: z.object({ order: z.int() }) }, () => {});
    await using queue = taskQueue({ url: "memory:", tasks: [sendReceipt] });
    await queue.start();
    return await messageOf(() => sendReceipt.enqueue({ order: "1" as unknown as number }));
  },
  APUS_TASK_QUEUE: () => messageOf(() => task("send-receipt", {}, () => {}).enqueue()),
  APUS_TASK_STORE: async () => {
    const sendReceipt = task("send-receipt", {}, () => {});
    await using queue = taskQueue({ url: "memory:", tasks: [sendReceipt] });
    await queue.start();
    await using opened = await openDatabase({ url: "sqlite::memory:" });
    return await messageOf(() => opened.transaction((within) => sendReceipt.enqueue(undefined, { within })));
  },
  APUS_UNDESCRIBABLE_SCHEMA: () => {
    const own = { "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) } } as const;
    return failStart((app) => app.get("/items", { response: own }, () => []));
  },
  APUS_UNKNOWN_CONVERTER: () => failStart((app) => app.get("/items/{id:integer}", () => "never")),
  APUS_UNKNOWN_OPERATION: async () => {
    const app = new App(quiet);
    const readItem = app.get("/items/{id:int}", () => 1);
    return messageOf(() => app.urlFor(readItem, { id: 1 }));
  },
  APUS_UNSERIALIZABLE: () => failRequest((app) => app.get("/", () => new Map([["a", 1]]))),
  APUS_URL_PARAMETER: async () => {
    const app = new App(quiet);
    const readItem = app.get("/items/{id:int}", () => 1);
    await app.start();
    const message = await messageOf(() => app.urlFor(readItem, { id: 1.5 }));
    await app.stop();
    return message;
  },
};

describe("docs/errors", () => {
  for (const [code, provoke] of Object.entries(mistakes)) {
    test(`${code} has the message that its page shows`, async () => {
      const suffix = ` (${code})`;
      const thrown = (await provoke())
        .replaceAll(/[^\s"]*error-codes\.test\.ts:\d+/g, "app.ts:12")
        .replaceAll(/[^\s"]*error-codes\.test\.ts/g, "app.ts");
      assert.ok(thrown.endsWith(suffix), thrown);
      const message = `${thrown.replaceAll(suffix, "")}${suffix}`;
      const page = readFileSync(new URL(`../../docs/errors/${code}.md`, import.meta.url), "utf8");
      assert.ok(
        page.includes(`\n\`\`\`text\n${message}\n\`\`\`\n`),
        `docs/errors/${code}.md does not show:\n${message}`,
      );
    });
  }
});
