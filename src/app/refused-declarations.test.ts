/** What apps and routers refuse where it is declared, before it could fail in a request. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "./app.ts";
import { Router } from "./router.ts";

/** What JavaScript lets through is the subject. */
type Untyped = Record<"get" | "use" | "onError" | "include" | "lifespan" | "mount", (...given: unknown[]) => unknown>;

function refuses(name: string, declare: (app: Untyped) => unknown, expected: RegExp, code = "APUS_BAD_OPTION"): void {
  test(name, async () => {
    await assert.rejects(async () => declare(new App({ log: false }) as unknown as Untyped), {
      code,
      message: expected,
    });
  });
}

refuses("a path that is no text", (app) => app.get(undefined, () => 1), /GET at .*has no path/);
refuses("middleware that is no function", (app) => app.use(undefined), /use\(\) at .*no function/);
refuses("an error class that is undefined", (app) => app.onError(undefined, () => undefined), /onError\(\) at/);
refuses(
  "an error class that is an arrow function",
  (app) =>
    app.onError(
      () => 1,
      () => undefined,
    ),
  /class of errors/,
);
refuses("an error handler that is missing", (app) => app.onError(Error), /class of errors and a function/);
refuses("nothing to include", (app) => app.include(undefined), /include\(\) at .*no router/);
refuses("null to include", (app) => app.include(null), /include\(\) at .*no router/);
refuses("an app to include", (app) => app.include(new App()), /was given an app; mount/);
refuses("an app as the only export", (app) => app.include({ app: new App() }), /was given no router/);
refuses("a lifespan that is no function", (app) => app.lifespan(undefined), /lifespan\(\) at/);
refuses("nothing to mount", (app) => app.mount("/x", undefined), /mount\(\) at .*no app/);
refuses("a router to mount", (app) => app.mount("/x", new Router()), /mount\(\) at .*no app/);
refuses("a prefix that is no text", () => new Router({ prefix: 5 } as never), /prefix of Router/);
refuses("a converter without functions", () => new App(JSON.parse('{ "converters": { "x": {} } }')), /converter "x"/);
refuses("a log level that does not exist", () => new App({ log: { level: "verbose" } } as never), /level "verbose"/);
refuses("apps that are mounted in each other", mountInTurn, /in itself/, "APUS_ROUTER_CYCLE");

function mountInTurn(): void {
  const [app, middle, inner] = [new App(), new App(), new App()];
  app.mount("/middle", middle);
  middle.mount("/inner", inner);
  inner.mount("/outer", app);
}

for (const docs of [{ swagger: "docs" }, { redoc: "/" }, { openapi: "/{version}" }, { swagger: "/docs/" }]) {
  refuses(`docs at ${JSON.stringify(docs)}`, () => new App({ docs, log: false }).start(), /literal path such as/);
}

refuses(
  "parameters of a documentation page that are not JSON, at the start",
  () => new App({ docs: { swaggerParameters: { depth: 1n } }, log: false }).start(),
  /must be JSON/,
);

test("a module's app is not taken for one of its routers", async () => {
  const router = new Router();
  router.get("/x", () => "routed");
  const alone = new App();
  alone.get("/x", () => "alone");
  const app = new App({ log: false });
  app.include({ router, app: alone });
  assert.equal(await (await app.fetch(new Request("http://x/x"))).json(), "routed");
  await app.stop();
});

test("a mounted app has its whole prefix, also where Apus would serve a page", async () => {
  const inner = new App({ log: false, docs: false });
  inner.get("/", () => "mine");
  inner.get("/assets/{name}", ({ path }) => path.name);
  const app = new App({ log: false }).mount("/docs", inner);
  assert.equal(await (await app.fetch(new Request("http://x/docs"))).json(), "mine");
  assert.equal(await (await app.fetch(new Request("http://x/docs/assets/a"))).json(), "a");
  await app.stop();
});
