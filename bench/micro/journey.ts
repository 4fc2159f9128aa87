/** What the framework costs between the engine's seam and back: microseconds a request for the three requests of bench/http. */

import { z } from "zod";
import { compileApp } from "../../src/app/compile-app.ts";
import { Router } from "../../src/app/router.ts";
import { AppScope } from "../../src/dependencies/app-scope.ts";
import { dependency } from "../../src/dependencies/dependency.ts";
import { Replacements } from "../../src/dependencies/replacements.ts";
import type { HttpRequest, RequestBody, RequestHeaders } from "../../src/http/http-request.ts";
import { StopNotice } from "../../src/http/stop-notice.ts";
import { silentLogger } from "../../src/log/logger.ts";

const Item = z.object({
  name: z.string().min(1),
  description: z.string().optional(),
  price: z.number().positive(),
  quantity: z.int().min(0),
  tags: z.array(z.string()),
  active: z.boolean(),
  category: z.enum(["a", "b", "c"]),
  address: z.object({ city: z.string(), zip: z.string() }),
});

const item = {
  name: "Swift",
  price: 12.5,
  quantity: 3,
  tags: ["bird", "fast"],
  active: true,
  category: "a",
  address: { city: "Oslo", zip: "0150" },
};

const router = new Router();
router.get("/json", () => ({ hello: "world" }));
router.get("/users/{id:int}", { query: z.object({ page: z.int(), tags: z.array(z.string()) }) }, ({ path, query }) => ({
  id: path.id,
  page: query.page,
  tags: query.tags,
}));
const settings = dependency({ scope: "app" }, () => ({ pageSize: 10 }));
const caller = dependency(({ request }) => ({ name: request.headers.get("accept") }));
const page = dependency({ use: { settings, caller } }, (input) => input.settings.pageSize);
const slowPage = dependency({ use: { settings } }, async (input) => input.settings.pageSize);
const session = dependency({ use: { settings } }, async function* () {
  yield 1;
});
router.get("/three", { use: { settings, caller, page } }, () => ({ hello: "world" }));
router.get("/promised", { use: { slowPage, caller, page } }, () => ({ hello: "world" }));
router.get("/cleaned", { use: { session } }, () => ({ hello: "world" }));
router.post("/items", { body: Item, response: Item, status: 201 }, ({ body }) => body);

const replacements = new Replacements();
const { journey } = await compileApp({
  dependencies: { replacements, appScope: new AppScope(silentLogger, replacements) },
  router,
  mounts: [],
  description: {},
  docs: false,
  health: false,
  bodyLimit: 1_048_576,
  logger: silentLogger,
  logRequests: false,
  production: true,
  isReady: () => true,
  stopNotice: new StopNotice(),
});

class BenchHeaders implements RequestHeaders {
  readonly lines: readonly (readonly [string, string])[];

  constructor(lines: readonly (readonly [string, string])[]) {
    this.lines = lines;
  }

  get(name: string): string | undefined {
    for (const [own, value] of this.lines) if (own === name) return value;
    return undefined;
  }

  all(name: string): readonly string[] {
    const value = this.get(name);
    return value === undefined ? [] : [value];
  }

  entries(): Iterable<readonly [string, string]> {
    return this.lines;
  }
}

class BenchBody implements RequestBody {
  readonly length: number;
  readonly content: Uint8Array;

  constructor(content: Uint8Array) {
    this.content = content;
    this.length = content.length;
  }

  bytes(): Promise<Uint8Array> {
    return Promise.resolve(this.content);
  }

  async *stream(): AsyncIterable<Uint8Array> {
    yield this.content;
  }
}

const signal = new AbortController().signal;

function buildRequest(method: string, target: string, content = ""): HttpRequest {
  const [path = "", query = ""] = target.split("?");
  const headers = new BenchHeaders([
    ["host", "127.0.0.1:8000"],
    ["accept", "application/json"],
    ["content-type", "application/json"],
    ["content-length", String(content.length)],
  ]);
  const body = new BenchBody(new TextEncoder().encode(content));
  return { method, path, query, headers, body, scheme: "http", remoteAddress: "127.0.0.1", mountPath: "", signal };
}

const requests: Readonly<Record<string, () => HttpRequest>> = {
  "GET json": () => buildRequest("GET", "/json"),
  "three used": () => buildRequest("GET", "/three"),
  "one promised": () => buildRequest("GET", "/promised"),
  "one cleaned up": () => buildRequest("GET", "/cleaned"),
  "GET path+query": () => buildRequest("GET", "/users/42?page=2&tags=a&tags=b"),
  "POST json": () => buildRequest("POST", "/items", JSON.stringify(item)),
};

async function measure(build: () => HttpRequest, count: number): Promise<number> {
  const started = process.cpuUsage();
  for (let index = 0; index < count; index += 1) {
    const response = await journey.handle(build());
    response.finished?.();
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / count;
}

for (const [name, build] of Object.entries(requests)) {
  const check = await journey.handle(build());
  if (check.status >= 300) throw new Error(`${name} answered ${check.status}`);
  await measure(build, 20_000);
  const rounds: number[] = [];
  for (let round = 0; round < 7; round += 1) rounds.push(await measure(build, 20_000));
  rounds.sort((one, other) => one - other);
  console.log(`${name.padEnd(16)} ${rounds[3]?.toFixed(2)} µs (${rounds[0]?.toFixed(2)}–${rounds[6]?.toFixed(2)})`);
}
