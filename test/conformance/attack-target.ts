/** The app that the attacks are aimed at, and the frame of each attack: what ran, what was logged, and whether it still answers. */

import assert from "node:assert/strict";
import { App, redirect, Router, type HttpResponse } from "apus";
import type { TestClient } from "apus/testing";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { onEveryEdge, type Edge } from "../journey/edges.ts";
import { exchange } from "../journey/raw-connection.ts";

/** A body as bytes, or as text that is sent in UTF-8. */
export type Content = string | Uint8Array<ArrayBuffer>;

/** One attack under way. */
export interface Attack {
  readonly client: TestClient<Record<never, never>>;
  readonly edge: Edge;
  readonly app: App;
  /** What each handler that ran was given, in order; take out what is meant to be there. */
  readonly runs: unknown[];
  readonly records: readonly LogRecord[];
  /** Posts a body under a content type, or under none. */
  readonly post: (path: string, body: Content, contentType?: string) => Promise<Response>;
}

export const bodyLimit = 65_536;

const Item = z.object({ name: z.string(), price: z.number() });
const Form = z.object({ name: z.string(), tags: z.array(z.string()).optional() });
const oddName = '"];globalThis.wasAttacked=true;//`${globalThis.wasAttacked=true}';

interface Target {
  readonly app: App;
  readonly runs: unknown[];
  readonly records: LogRecord[];
}

function createTarget(): Target {
  const runs: unknown[] = [];
  const records: LogRecord[] = [];
  const log = createLogger((record) => records.push(record), "debug");
  const app = new App({ log, bodyLimit });
  const keep = (given: unknown): { readonly ran: true } => {
    runs.push(given);
    return { ran: true };
  };
  app.get("/alive", () => "alive");
  addBodyRoutes(app, keep);
  addRequestRoutes(app, keep);
  addGuardedRoutes(app, keep);
  return { app, runs, records };
}

type Keep = (given: unknown) => { readonly ran: true };

function addBodyRoutes(app: App, keep: Keep): void {
  app.post("/item", { body: Item }, ({ body }) => keep(body));
  app.post("/json", { body: z.json() }, ({ body }) => keep(body));
  app.post("/form", { form: Form }, ({ form }) => keep(form));
  app.post("/strict-form", { form: z.strictObject({ name: z.string() }) }, ({ form }) => keep(form));
  app.post("/open-form", { form: z.record(z.string(), z.unknown()) }, ({ form }) => keep(form));
  app.post("/unread", () => keep(undefined));
}

function addRequestRoutes(app: App, keep: Keep): void {
  app.get("/query", { query: z.record(z.string(), z.unknown()) }, ({ query }) => keep(query));
  app.get("/numbers", { query: z.object({ n: z.number() }) }, ({ query }) => keep(query));
  app.get("/odd", { query: z.object({ [oddName]: z.int() }) }, ({ query }) => keep(query));
  app.get("/cookies", { cookies: z.record(z.string(), z.string()) }, ({ cookies }) => keep(cookies));
  app.get("/headers", { headers: z.looseObject({ "x-one": z.string().optional() }) }, ({ headers, request }) =>
    keep({ headers, entries: [...request.headers.entries()], proto: request.headers.get("__proto__") }),
  );
  app.get("/peer", ({ request }) => {
    keep(undefined);
    return { scheme: request.scheme, remoteAddress: request.remoteAddress, mountPath: request.mountPath };
  });
  app.get("/log/{name}", ({ path, log }) => {
    log.info(`Hello ${path.name}`, { name: path.name });
    return keep(path);
  });
  app.get("/go", { query: z.object({ to: z.string() }) }, ({ query }) =>
    redirect(query.to, { allowOrigins: ["https://good.example"] }),
  );
  addConcurrentRoute(app, keep);
  app.get("/back", ({ request }) => redirect(request.headers.get("referer") ?? "/"));
  app.post(
    "/set-cookie",
    { body: z.object({ name: z.string(), value: z.string(), path: z.string(), domain: z.string() }) },
    (input) => {
      const { name, value, path, domain } = input.body;
      input.response.setCookie(name, value, { path, domain });
    },
  );
  app.get("/files/{name}", ({ path }) => keep(path));
  app.get("/one/{a}/x", ({ path }) => keep(path));
  app.get("/one/{b}/{c}/y", ({ path }) => keep(path));
  app.get("/v-{a}-z/{rest:path}", ({ path }) => keep(path));
}

/** Waits between its parts, so that requests at one time go through it together. */
function addConcurrentRoute(app: App, keep: Keep): void {
  const inputs = { headers: z.object({ "x-one": z.string() }), cookies: z.object({ c: z.string() }) };
  app.get("/own/{number}", inputs, async ({ path, headers, cookies, request, response }) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    response.setHeader("x-own", path.number);
    response.setCookie("own", path.number);
    await new Promise((resolve) => setImmediate(resolve));
    keep(path.number);
    return { path: request.path.slice("/own/".length), header: headers["x-one"], cookie: cookies.c };
  });
}

/** A guard on a router, on a router three levels above a route, and on an app that is mounted. */
function addGuardedRoutes(app: App, keep: Keep): void {
  const guard = (): HttpResponse => ({ status: 403, headers: [], body: null });
  const admin = new Router({ prefix: "/admin" });
  admin.use(guard);
  admin.get("/", () => keep("admin"));
  admin.get("/secret", () => keep("secret"));
  const inner = new Router({ prefix: "/inner" });
  inner.get("/secret", () => keep("inner secret"));
  const middle = new Router({ prefix: "/middle" });
  middle.include(inner);
  admin.include(middle);
  app.include(admin);
  addNestedGuards(app, keep);
  app.get("/files/admin/secret", () => keep("file"));
  const mounted = new App({ log: false, docs: false, health: false });
  mounted.get("/open", () => keep("mounted"));
  mounted.get("/name/{name}", ({ path }) => keep(path));
  app.mount("/mounted", mounted);
}

/** A guarded router that is included twice, below a prefix with a parameter and below another router. */
function addNestedGuards(app: App, keep: Keep): void {
  const vault = new Router({ prefix: "/vault" });
  vault.use(() => ({ status: 403, headers: [], body: null }));
  vault.get("/gold", () => keep("gold"));
  const tenant = new Router({ prefix: "/tenants/{tenant}" });
  tenant.include(vault);
  app.include(tenant);
  app.include(new Router({ prefix: "/deep" }).include(vault, { prefix: "/er" }));
}

/** The name of the query parameter of `/odd`, which is code if anybody runs it. */
export const parameterThatIsCode: string = oddName;

/**
 * Registers an attack on both edges. After it nothing may be left in `runs`, no error may be logged
 * but those that `logsErrors` announces, and a new connection must be answered.
 */
export function attack(name: string, run: (attack: Attack) => Promise<void>, { logsErrors = false } = {}): void {
  let target: Target;
  const build = (): App => (target = createTarget()).app;
  onEveryEdge(name, build, async (client, edge) => {
    const { app, runs, records } = target;
    const post: Attack["post"] = (path, body, contentType) => {
      // Bytes, because a string would be given a content type by the platform.
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      return client.fetch(path, {
        method: "POST",
        body: bytes,
        ...(contentType !== undefined && { headers: { "content-type": contentType } }),
      });
    };
    await run({ client, edge, app, runs, records, post });
    assert.deepEqual(runs, [], "a handler ran that must not");
    if (!logsErrors)
      assert.deepEqual(
        records.filter(({ level }) => level === "error").map(({ message }) => message),
        [],
      );
    await assertAlive(client, edge);
  });
}

async function assertAlive(client: Attack["client"], edge: Edge): Promise<void> {
  if (edge === "process") {
    assert.equal((await client.fetch("/alive")).status, 200);
    return;
  }
  const answer = await exchange(client.baseUrl, "GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assert.equal(answer.status, 200, "the next connection was not answered");
}

/** Asserts that `runs` holds exactly these, and takes them out. */
export function takeRuns({ runs }: Attack, expected: readonly unknown[]): void {
  assert.deepEqual(runs.splice(0), expected);
}

/** Asserts the status of a GET; over the socket the target and the fields are sent byte for byte. */
export async function assertGot(
  { client, edge }: Attack,
  status: number | readonly number[],
  [target, fields = {}]: Sent,
): Promise<string> {
  const expected = typeof status === "number" ? [status] : status;
  if (edge === "process") {
    const answer = await client.fetch(target.startsWith("//") ? `${client.baseUrl}${target}` : target, {
      headers: fields,
    });
    const text = await answer.text();
    assert.ok(expected.includes(answer.status), `${target.slice(0, 100)}: ${answer.status} ${text}`);
    return text;
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = await exchange(
    client.baseUrl,
    `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines.join("")}\r\n`,
  );
  assert.ok(expected.includes(answer.status), `${target.slice(0, 100)}: ${answer.status} ${answer.text}`);
  return answer.text;
}

/** A request target and its fields. */
type Sent = readonly [target: string, fields?: Readonly<Record<string, string>>];

/** Asserts the status of the answer to bytes on a connection of their own. */
export async function assertRaw({ client }: Attack, status: number, head: string): Promise<void> {
  const answer = await exchange(client.baseUrl, head);
  assert.equal(answer.status, status, `${JSON.stringify(head.slice(0, 100))}: ${answer.text}`);
}

/** Asserts the status of a POST of a body under a content type. */
export async function assertPosted(
  attacked: Attack,
  status: number,
  [path, body, contentType]: readonly [path: string, body: Content, contentType?: string | undefined],
): Promise<Response> {
  const answer = await attacked.post(path, body, contentType);
  assert.equal(answer.status, status, `${path} as ${JSON.stringify(contentType)}: ${await answer.clone().text()}`);
  return answer;
}
