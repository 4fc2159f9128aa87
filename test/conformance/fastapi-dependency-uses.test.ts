/** FastAPI's own tests of overrides, scopes, routers and the tutorial's dependencies, case by case; fastapi-dependency-table.ts has what differs. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { App, dependency, HttpError, reply, Router, scoped, ValidationError, type OpenApiDocument } from "apus";
import { testClient } from "apus/testing";
import { z } from "zod";
import { call, detailOf, differingCases, inapplicableFiles, issuesOf } from "./fastapi-dependency-table.ts";

const quiet = { log: false } as const;

describe("test_dependency_overrides", () => {
  const Commons = z.object({ q: z.string(), skip: z.int().default(0), limit: z.int().default(100) });
  const commons = dependency({ query: Commons }, ({ query }): object => query);
  const simple = dependency({ query: z.object({ q: z.string().optional() }) }, ({ query }): object => {
    return { q: query.q ?? null, skip: 5, limit: 10 };
  });
  const k = dependency({ query: z.object({ k: z.string() }) }, ({ query }) => ({ k: query.k }));
  const withSub = dependency({ use: { k } }, (input): object => input.k);
  const app = new App(quiet);
  const router = new Router();
  app.get("/main", { use: { commons } }, (input) => input.commons);
  router.get("/router", { use: { commons } }, (input) => input.commons);
  app.include(router);
  app.include(new Router({ use: [commons], prefix: "/unnamed" }).include(plain()));

  function plain(): Router {
    const inner = new Router();
    inner.get("/", () => "unnamed");
    return inner;
  }

  const expect = async (path: string, query: string, expected: object): Promise<void> => {
    const [status, body] = await call(app, `${path}${query}`);
    if ("missing" in expected)
      assert.deepEqual([status, issuesOf(body)], [422, [`query /${String(expected.missing)}`]]);
    else assert.deepEqual([status, body], [200, path.startsWith("/unnamed") ? "unnamed" : expected]);
  };
  const paths = ["/main", "/router", "/unnamed"];

  test("test_dependency_overrides: test_normal_app", async () => {
    for (const path of paths) {
      await expect(path, "", { missing: "q" });
      await expect(path, "?q=foo", { q: "foo", skip: 0, limit: 100 });
      await expect(path, "?q=foo&skip=100&limit=200", { q: "foo", skip: 100, limit: 200 });
    }
  });

  test("test_dependency_overrides: test_override_simple, test_override_with_sub", async () => {
    for (const path of paths) {
      {
        using _ = app.override(commons, simple);
        await expect(path, "", { q: null, skip: 5, limit: 10 });
        await expect(path, "?q=foo&skip=100&limit=200", { q: "foo", skip: 5, limit: 10 });
      }
      {
        using _ = app.override(commons, withSub);
        await expect(path, "?q=foo", { missing: "k" });
        await expect(path, "?k=bar", { k: "bar" });
      }
      await expect(path, "", { missing: "q" });
    }
  });
});

const john = dependency(({ scopes }) => ({ user: "john", scopes }));

describe("test_dependency_security_overrides", () => {
  const alice = dependency(({ scopes }) => ({ user: "alice", scopes }));
  const data = dependency(() => [1, 2, 3]);
  const app = new App(quiet);
  app.get("/user", { use: { user: scoped(john, "foo", "bar"), data } }, ({ user, data: list }) => ({
    ...user,
    data: list,
  }));
  const scopes = ["foo", "bar"];

  test("test_dependency_security_overrides: test_normal, test_override_data, test_override_security", async () => {
    assert.deepEqual(await call(app, "/user"), [200, { user: "john", scopes, data: [1, 2, 3] }]);
    {
      using _ = app.override(data, [3, 4, 5]);
      assert.deepEqual(await call(app, "/user"), [200, { user: "john", scopes, data: [3, 4, 5] }]);
    }
    using _ = app.override(john, alice);
    assert.deepEqual(await call(app, "/user"), [200, { user: "alice", scopes, data: [1, 2, 3] }]);
  });
});

test("test_dependency_paramless: test_get_credentials, test_parameterless_with_scopes, test_parameterless_without_scopes", async () => {
  const scheme = { name: "oauth", scheme: { type: "oauth2", flows: { password: { tokenUrl: "token", scopes: {} } } } };
  const token = dependency({ security: scheme }, ({ request }) => request.headers.get("authorization")?.slice(7));
  const auth = dependency({ use: { token } }, ({ token: text, scopes }) => {
    if (!scopes.includes("a") || !scopes.includes("b")) throw new HttpError(401, "a or b not in scopes");
    return { token: text, scopes };
  });
  const app = new App(quiet);
  app.get("/credentials", { use: { auth: scoped(auth, "a", "b") } }, (input) => input.auth);
  for (const [prefix, use] of [
    ["/with", scoped(auth, "a", "b")],
    ["/without", auth],
  ] as const) {
    const router = new Router({ prefix, use: [use] });
    router.get("/", () => ({ status: "ok" }));
    app.include(router);
  }
  const init = { headers: { authorization: "Bearer token" } };
  assert.deepEqual(await call(app, "/credentials", init), [200, { token: "token", scopes: ["a", "b"] }]);
  assert.deepEqual(await call(app, "/with", init), [200, { status: "ok" }]);
  const [status, problem] = await call(app, "/without", init);
  assert.deepEqual([status, detailOf(problem)], [401, "a or b not in scopes"]);
});

describe("test_security_scopes", () => {
  test("test_security_scopes: test_security_scopes_dependency_called_once", async () => {
    let count = 0;
    const database = dependency(() => `db_${(count += 1)}`);
    const user = dependency({ use: { database } }, () => "user");
    const app = new App(quiet);
    app.get("/", { use: { database, user: scoped(user, "read") } }, (input) => input.database);
    assert.deepEqual(await call(app, "/"), [200, "db_1"]);
    assert.equal(count, 1);
  });

  test("test_security_scopes_dont_propagate: test_security_scopes_dont_propagate", async () => {
    const one = dependency(({ scopes }) => scopes);
    const two = dependency(({ scopes }) => scopes);
    const three = dependency({ use: { one: scoped(one, "scope1"), two: scoped(two, "scope2") } }, (input) => {
      return { one: input.one, two: input.two };
    });
    const app = new App(quiet);
    app.get("/", { use: { three: scoped(three, "scope3") } }, (input) => input.three);
    assert.deepEqual(await call(app, "/"), [200, { one: ["scope3", "scope1"], two: ["scope3", "scope2"] }]);
  });

  test("test_security_scopes_sub_dependency: test_security_scopes_sub_dependency_caching", async () => {
    const counts = { user: 0, me: 0, items: 0 };
    const user = dependency(({ scopes }) => ({ number: (counts.user += 1), scopes: scopes.toSorted() }));
    const me = dependency({ use: { user: scoped(user, "me") } }, (input) => {
      counts.me += 1;
      return input.user;
    });
    const items = dependency({ use: { me } }, (input) => ({ number: (counts.items += 1), me: input.me }));
    const app = new App(quiet);
    app.get("/", { use: { me, items: scoped(items, "items") } }, (input) => [input.me, input.items.me]);
    const both = { number: 1, scopes: ["items", "me"] };
    assert.deepEqual(await call(app, "/"), [200, [both, both]]);
    assert.deepEqual(counts, { user: 1, me: 1, items: 1 });
  });
});

/** Names of the parameters that an operation documents. */
async function documented(app: App, path: string): Promise<readonly string[]> {
  const paths = (
    (await app.openapi()) as OpenApiDocument & {
      paths: Record<string, { get: { parameters: { in: string; name: string }[] } }>;
    }
  ).paths;
  return (paths[path]?.get.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`);
}

test("test_repeated_dependency_schema: test_schema, test_response", async () => {
  const header = dependency({ headers: z.object({ someheader: z.string() }) }, ({ headers }) => headers.someheader);
  const other = dependency({ use: { header } }, (input) => `${input.header}123`);
  const app = new App(quiet);
  app.get("/", { use: { header, other } }, (input) => [input.header, input.other]);
  assert.deepEqual(await call(app, "/", { headers: { someheader: "hello" } }), [200, ["hello", "hello123"]]);
  assert.deepEqual(await documented(app, "/"), ["header someheader"]);
});

test("test_param_in_path_and_dependency: test_reused_param, test_openapi_schema", async () => {
  const exists = dependency({ path: z.object({ id: z.int() }) }, ({ path }) => {
    if (path.id !== 42) throw new HttpError(404);
    return path.id;
  });
  const app = new App(quiet);
  app.get("/users/{id:int}", { use: { exists } }, ({ path, exists: id }) => [path.id, id]);
  assert.deepEqual(await call(app, "/users/42"), [200, [42, 42]]);
  assert.equal((await call(app, "/users/1"))[0], 404);
  assert.deepEqual(await documented(app, "/users/{id}"), ["path id"]);
});

test("test_response_change_status_code: test_dependency_set_status_code", async () => {
  const created = dependency(({ response }) => {
    response.status = 201;
    response.setHeader("x-by", "dependency");
    return { msg: "Hello World" };
  });
  const app = new App(quiet);
  app.get("/", { use: { created } }, (input) => input.created);
  await using client = await testClient(app);
  const answer = await client.fetch("/");
  assert.deepEqual(
    [answer.status, answer.headers.get("x-by"), await answer.json()],
    [201, "dependency", { msg: "Hello World" }],
  );
});

test("test_exception_handlers: test_override_http_exception, test_override_request_validation_exception, test_override_server_error_exception_response", async () => {
  const ended: string[] = [];
  const cleaned = dependency({ query: z.object({ n: z.int() }) }, function* ({ query }) {
    try {
      yield query.n;
    } catch (error) {
      ended.push((error as Error).name);
      throw error;
    }
  });
  const app = new App(quiet);
  app.get("/{kind}", { use: { cleaned } }, ({ path }): string => {
    throw path.kind === "http" ? new HttpError(400) : new RangeError("Oops!");
  });
  app.onError(HttpError, () => reply(200, "http-exception"));
  app.onError(ValidationError, () => reply(200, "request-validation"));
  app.onError(Error, () => reply(500, "server-error"));
  assert.deepEqual(await call(app, "/http?n=1"), [200, "http-exception"]);
  assert.deepEqual(await call(app, "/http?n=x"), [200, "request-validation"]);
  assert.deepEqual(await call(app, "/server?n=1"), [500, "server-error"]);
  assert.deepEqual(ended, ["HttpError", "RangeError"]);
});

describe("test_tutorial/test_dependencies", () => {
  test("test_tutorial/test_dependencies/test_tutorial001: test_get; test_tutorial004: test_get", async () => {
    const Commons = z.object({ q: z.string().optional(), skip: z.int().default(0), limit: z.int().default(100) });
    const commons = dependency({ query: Commons }, ({ query }) => query);
    const app = new App(quiet);
    for (const path of ["/items", "/users"]) app.get(path, { use: { commons } }, (input) => input.commons);
    assert.deepEqual(await call(app, "/items"), [200, { skip: 0, limit: 100 }]);
    assert.deepEqual(await call(app, "/items?q=foo&skip=5"), [200, { q: "foo", skip: 5, limit: 100 }]);
    assert.deepEqual(await call(app, "/users?limit=30"), [200, { skip: 0, limit: 30 }]);
    assert.deepEqual(await documented(app, "/users"), ["query q", "query skip", "query limit"]);
  });

  const guard = (name: string, value: string) =>
    dependency({ headers: z.object({ [name]: z.string() }) }, ({ headers }) => {
      if (headers[name] !== value) throw new HttpError(400, `${name} header invalid`);
    });
  const token = guard("x-token", "fake-super-secret-token");
  const key = guard("x-key", "fake-super-secret-key");
  const [right, wrong] = [{ "x-token": "fake-super-secret-token" }, { "x-token": "invalid" }];
  const headers = { ...right, "x-key": "fake-super-secret-key" };

  for (const [place, build] of Object.entries({
    "test_tutorial006: of a route": () => {
      const app = new App(quiet);
      app.get("/items", { use: { token, key } }, () => "ok");
      return app;
    },
    "test_tutorial012: of the app": () => {
      const app = new App({ ...quiet, use: [token, key] });
      app.get("/items", () => "ok");
      return app;
    },
  })) {
    test(`test_tutorial/test_dependencies/${place}: test_get_no_headers, test_get_invalid_one_header, test_get_invalid_second_header, test_get_valid_headers`, async () => {
      const app = build();
      const [status, problem] = await call(app, "/items");
      assert.deepEqual([status, issuesOf(problem)], [422, ["header /x-token", "header /x-key"]]);
      const [first, one] = await call(app, "/items", { headers: { ...headers, ...wrong } });
      assert.deepEqual([first, detailOf(one)], [400, "x-token header invalid"]);
      const [second, two] = await call(app, "/items", { headers: { ...headers, "x-key": "invalid" } });
      assert.deepEqual([second, detailOf(two)], [400, "x-key header invalid"]);
      assert.deepEqual(await call(app, "/items", { headers }), [200, "ok"]);
    });
  }

  test("test_tutorial/test_dependencies/test_tutorial008b: test_owner_error; test_tutorial008c: test_get_item; test_tutorial008d: test_internal_error", async () => {
    class OwnError extends Error {}
    const mapping = dependency(function* () {
      try {
        yield "Rick";
      } catch (error) {
        if (error instanceof OwnError) throw new HttpError(400, `Owner error: ${error.message}`, { cause: error });
        // Any other one is swallowed, and ends the request nevertheless.
      }
    });
    const app = new App(quiet);
    app.get("/items/{id}", { use: { mapping } }, ({ path, mapping: user }): string => {
      if (path.id === "portal-gun") throw new OwnError(user);
      if (path.id === "plumbus") return path.id;
      throw new RangeError("no such item");
    });
    const [status, problem] = await call(app, "/items/portal-gun");
    assert.deepEqual([status, detailOf(problem)], [400, "Owner error: Rick"]);
    assert.deepEqual(await call(app, "/items/plumbus"), [200, "plumbus"]);
    assert.equal((await call(app, "/items/nothing"))[0], 500);
  });
});

test("test_include_router_defaults_overrides: dependencies run from the outside in", async () => {
  const told: string[] = [];
  const level = (name: string) => dependency({ name }, () => void told.push(name));
  const [first, second, third, fourth, fifth] = ["0", "1", "2", "3", "4"].map(level) as [
    never,
    never,
    never,
    never,
    never,
  ];
  const app = new App({ ...quiet, use: [first] });
  const inner = new Router({ use: [fourth] });
  inner.get("/", { use: { fifth } }, () => told);
  app.include(new Router({ use: [third] }).include(inner), { prefix: "/a", use: [second] });
  assert.deepEqual(await call(app, "/a"), [200, ["0", "1", "2", "3", "4"]]);
});

test("what differs is tested, and what does not apply is not", () => {
  const files = ["fastapi-dependencies.test.ts", "fastapi-dependency-uses.test.ts"];
  const text = files.map((file) => readFileSync(new URL(file, import.meta.url), "utf8")).join("\n");
  const titles = [...text.matchAll(/test\(\s*["`](?<title>test_[^"`]+)["`]/g)].map(
    (match) => match.groups?.["title"] ?? "",
  );
  for (const key of Object.keys(differingCases)) {
    const [file = "", name = ""] = key.split(": ");
    const found = titles.some(
      (title) => title.includes(`${file}: `) && (title.includes(name) || title.includes("${name}")),
    );
    assert.ok(found, `no test is called ${key}`);
  }
  for (const file of Object.keys(inapplicableFiles)) assert.ok(!titles.some((title) => title.includes(file)), file);
});
