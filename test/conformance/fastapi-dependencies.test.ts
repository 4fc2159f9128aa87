/** FastAPI's own tests of values, clean-up and streams of dependencies, case by case; fastapi-dependency-table.ts has what differs. */

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App, dependency, HttpError, Router, stream, type Dependency } from "apus";
import { testClient } from "apus/testing";
import { z } from "zod";
import { call, detailOf } from "./fastapi-dependency-table.ts";
import { createLoggedApp, findErrorLine } from "../journey/collected-log.ts";

const quiet = { log: false } as const;

/** Waits for clean-ups, which come after the answer. */
async function eventually(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !isDone(); turn += 1) await sleep(5);
  assert.ok(isDone(), "it did not come to pass");
}

describe("test_dependency_cache", () => {
  let count = 0;
  const counter = dependency(() => (count += 1));
  const fresh = dependency({ cache: false }, () => (count += 1));
  const sub = dependency({ use: { counter } }, (input) => input.counter);
  const subFresh = dependency({ use: { fresh } }, (input) => input.fresh);
  const app = new App(quiet);
  app.get("/counter", { use: { counter } }, (input) => input.counter);
  app.get("/sub", { use: { sub, counter } }, (input) => [input.counter, input.sub]);
  app.get("/fresh", { use: { subFresh, fresh } }, (input) => [input.fresh, input.subFresh]);
  const cases = { normal_counter: "/counter", sub_counter: "/sub", sub_counter_no_cache: "/fresh" };
  const expected = {
    "/counter": [1, 2],
    "/sub": [
      [1, 1],
      [2, 2],
    ],
    "/fresh": [
      [2, 1],
      [4, 3],
    ],
  } as Record<string, unknown[]>;
  for (const [name, path] of Object.entries(cases)) {
    test(`test_dependency_cache: test_${name}`, async () => {
      count = 0;
      for (const value of expected[path] ?? []) assert.deepEqual(await call(app, path), [200, value]);
    });
  }
});

test("test_dependency_class: test_class_dependency; test_dependency_wrapped", async () => {
  class Reader {
    readonly suffix = "!";
    plain({ value }: { readonly value: string }): string {
      return value + this.suffix;
    }
    async later({ value }: { readonly value: string }): Promise<string> {
      return value + this.suffix;
    }
    *cleaned({ value }: { readonly value: string }): Generator<string> {
      yield value + this.suffix;
    }
    async *cleanedLater({ value }: { readonly value: string }): AsyncGenerator<string> {
      yield value + this.suffix;
    }
  }
  const reader = new Reader();
  const value = dependency({ query: z.object({ value: z.string() }) }, ({ query }) => query.value);
  const use = { value };
  const app = new App(quiet);
  const all = {
    plain: dependency({ use }, reader.plain.bind(reader)),
    later: dependency({ use }, (input) => reader.later(input)),
    cleaned: dependency({ use }, reader.cleaned.bind(reader)),
    wrapped: dependency({ use }, (input) => reader.cleaned(input)),
    cleanedLater: dependency({ use }, (input) => reader.cleanedLater(input)),
  };
  app.get("/", { use: all }, ({ plain, later, cleaned, wrapped, cleanedLater }) => [
    plain,
    later,
    cleaned,
    wrapped,
    cleanedLater,
  ]);
  assert.deepEqual(await call(app, "/?value=a"), [200, ["a!", "a!", "a!", "a!", "a!"]]);
});

describe("test_dependency_contextmanager", () => {
  let state: Record<string, string> = {};
  class OwnError extends Error {}
  const tried = (kind: "sync" | "async"): Dependency<string> => {
    const handle = (error: unknown): never => {
      if (error instanceof OwnError) state["caught"] = kind;
      throw error;
    };
    const end = (): void => void (state[kind] = "finalized");
    if (kind === "sync") {
      return dependency(function* () {
        state[kind] = "started";
        try {
          yield state[kind];
        } catch (error) {
          handle(error);
        } finally {
          end();
        }
      });
    }
    return dependency(async function* () {
      state[kind] = "started";
      try {
        yield state[kind];
      } catch (error) {
        handle(error);
      } finally {
        end();
      }
    });
  };
  const a = dependency(async function* () {
    state["a"] = "started";
    try {
      yield state;
    } finally {
      state["a"] = "finished";
    }
  });
  const b = dependency({ use: { a } }, async function* () {
    state["b"] = "started";
    try {
      yield state;
    } finally {
      state["b"] = `finished with a: ${state["a"]}`;
    }
  });
  const app = new App(quiet);
  for (const kind of ["sync", "async"] as const) {
    const value = tried(kind);
    app.get(`/${kind}`, { use: { value } }, (input) => input.value);
    app.get(`/${kind}_raise`, { use: { value } }, (): string => {
      throw new OwnError();
    });
    app.get(`/${kind}_raise_other`, { use: { value } }, (): string => {
      throw new RangeError();
    });
  }
  app.get("/context_b", { use: { b } }, (input) => ({ ...input.b }));
  app.get("/context_b_raise", { use: { b } }, (): string => {
    throw new RangeError();
  });
  app.get("/context_b_bg", { use: { b } }, ({ background }) => {
    background(() => (state["bg"] = `b: ${state["b"]}, a: ${state["a"]}`));
    return { ...state };
  });
  app.use(async (_request, next) => {
    const response = await next();
    return { ...response, headers: [...response.headers, ["x-state", JSON.stringify(state)]] };
  });

  for (const kind of ["sync", "async"]) {
    test(`test_dependency_contextmanager: test_${kind}_state, test_${kind}_raise_raises, test_${kind}_raise_other`, async () => {
      state = {};
      assert.deepEqual(await call(app, `/${kind}`), [200, "started"]);
      await eventually(() => state[kind] === "finalized");
      for (const [path, caught] of [
        ["raise_other", undefined],
        ["raise", kind],
      ] as const) {
        state = {};
        assert.equal((await call(app, `/${kind}_${path}`))[0], 500);
        assert.deepEqual([state[kind], state["caught"]], ["finalized", caught]);
      }
    });
  }

  test("test_dependency_contextmanager: test_context_b, test_context_b_raise", async () => {
    for (const [path, status] of [
      ["context_b", 200],
      ["context_b_raise", 500],
    ] as const) {
      state = {};
      const [received, body] = await call(app, `/${path}`);
      assert.equal(received, status);
      if (status === 200) assert.deepEqual(body, { a: "started", b: "started" });
      await eventually(() => state["a"] === "finished");
      assert.equal(state["b"], "finished with a: started");
    }
  });

  test("test_dependency_contextmanager: test_background_tasks", async () => {
    state = {};
    await using client = await testClient(app);
    const answer = await client.fetch("/context_b_bg");
    assert.deepEqual(JSON.parse(answer.headers.get("x-state") ?? ""), { a: "started", b: "started" });
    assert.deepEqual(await answer.json(), { a: "started", b: "started" });
    await eventually(() => state["a"] === "finished");
    assert.equal(state["bg"], "b: started, a: started", "background tasks run before the clean-up");
  });
});

test("test_dependency_contextvars: test_dependency_contextvars", async () => {
  const storage = new AsyncLocalStorage<string>();
  const user = dependency(async function* () {
    await sleep(1);
    storage.enterWith("deadpond");
    yield storage.getStore();
  });
  const app = new App(quiet);
  app.get("/user", { use: { user } }, (input) => [input.user, storage.getStore() ?? "unseen"]);
  assert.deepEqual(await call(app, "/user"), [200, ["deadpond", "unseen"]]);
});

test("test_dependency_normal_exceptions: test_dependency_gets_exception, test_dependency_no_exception", async () => {
  const stored = new Map([["rick", "Rick Sanchez"]]);
  let told: string[] = [];
  const database = dependency({ until: "handler" }, async function* () {
    const copy = new Map(stored);
    try {
      yield copy;
      for (const [key, value] of copy) stored.set(key, value);
    } catch (error) {
      if (error instanceof HttpError) told.push("caught");
      throw error;
    } finally {
      told.push("ended");
    }
  });
  const app = new App(quiet);
  app.put("/{kind}/{id}", { use: { database }, body: z.string() }, ({ path, body, database: open }) => {
    open.set(path.id, body);
    if (path.kind === "invalid-user") throw new HttpError(400, "Invalid user");
    return { message: "OK" };
  });
  const put = { method: "PUT", body: '"Morty"', headers: { "content-type": "application/json" } };
  const [status, problem] = await call(app, "/invalid-user/rick", put);
  assert.deepEqual([status, detailOf(problem), stored.get("rick")], [400, "Invalid user", "Rick Sanchez"]);
  assert.deepEqual(told, ["caught", "ended"]);
  told = [];
  assert.deepEqual(await call(app, "/user/rick", put), [200, { message: "OK" }]);
  assert.deepEqual([told, stored.get("rick")], [["ended"], "Morty"]);
});

describe("test_dependency_after_yield", () => {
  class OwnError extends Error {}
  const catching = dependency(function* () {
    try {
      yield "s";
    } catch (error) {
      if (error instanceof OwnError) throw new HttpError(418, "Session error", { cause: error });
      throw error;
    }
  });
  const broken = dependency(function* () {
    yield "s";
    throw new TypeError("Broken after yield");
  });

  test("test_dependency_after_yield_raise: test_catching", async () => {
    const app = new App(quiet);
    app.get("/", { use: { catching } }, (): string => {
      throw new OwnError();
    });
    const [status, problem] = await call(app, "/");
    assert.deepEqual([status, detailOf(problem)], [418, "Session error"]);
  });

  test("test_dependency_after_yield_raise: test_broken_raise, test_broken_no_raise, test_broken_return_finishes", async () => {
    const app = createLoggedApp();
    app.get("/", { use: { broken } }, () => ({ message: "all good?" }));
    assert.deepEqual(await call(app, "/"), [200, { message: "all good?" }]);
    assert.equal((await findErrorLine()).error.message, "Broken after yield");
  });

  const session = (open: boolean): Dependency<{ open: boolean; read: () => Iterable<string> }> =>
    dependency(function* () {
      const own = {
        open,
        *read() {
          for (const piece of ["foo", "bar", "baz"]) {
            if (!own.open) throw new Error("Session closed");
            yield piece;
          }
        },
      };
      try {
        yield own;
      } finally {
        own.open = false;
      }
    });
  async function* send(pieces: Iterable<string>): AsyncGenerator<string> {
    for (const piece of pieces) {
      await sleep(1);
      yield piece;
    }
  }

  test("test_dependency_after_yield_streaming: test_regular_no_stream, test_stream_simple, test_stream_session", async () => {
    const app = new App(quiet);
    const open = session(true);
    app.get("/data", { use: { open } }, (input) => [...input.open.read()]);
    app.get("/simple", { use: { open } }, () => stream(send("xyz")));
    app.get("/session", { use: { open } }, (input) => stream(send(input.open.read())));
    await using client = await testClient(app);
    assert.deepEqual(await (await client.fetch("/data")).json(), ["foo", "bar", "baz"]);
    assert.equal(await (await client.fetch("/simple")).text(), "xyz");
    assert.equal(await (await client.fetch("/session")).text(), "foobarbaz");
  });

  test("test_dependency_after_yield_streaming: test_broken_session_data, test_broken_session_stream_no_raise", async () => {
    const app = new App(quiet);
    const closed = session(false);
    app.get("/data", { use: { closed } }, (input) => [...input.closed.read()]);
    app.get("/stream", { use: { closed } }, (input) => send(input.closed.read()));
    assert.equal((await call(app, "/data"))[0], 500);
    assert.equal((await call(app, "/stream"))[0], 500);
  });
});

describe("test_dependency_yield_scope", () => {
  interface Session {
    open: boolean;
  }
  const build = (until: "handler" | "response"): Dependency<Session> =>
    dependency({ until }, function* () {
      const session = { open: true };
      yield session;
      session.open = false;
    });
  const short = build("handler");
  const long = build("response");
  const named = <U extends "handler" | "response">(until: U, session: Dependency<Session>) =>
    dependency({ until, use: { session } }, function* (input) {
      const own = { open: true };
      yield [own, input.session] as const;
      own.open = false;
    });
  const regular = dependency({ use: { short } }, (input) => input.short);
  const raising = (until: "handler" | "response"): Dependency<undefined> =>
    dependency({ until }, function* () {
      yield undefined;
      throw new HttpError(503, "Exception after yield");
    });

  /** What is open at each of two pieces. */
  async function* watch(...sessions: readonly Session[]): AsyncGenerator<string> {
    for (let piece = 0; piece < 2; piece += 1) {
      yield sessions.map(({ open }) => (open ? "open" : "closed")).join(" ");
      await sleep(2);
    }
  }
  const read = async (app: App): Promise<readonly unknown[]> => {
    await using client = await testClient(app);
    const lines = (await (await client.fetch("/")).text()).trimEnd().split("\n");
    return lines.map((line): unknown => JSON.parse(line));
  };

  test("test_dependency_yield_scope: test_function_scope, test_request_scope, test_two_scopes", async () => {
    const app = new App(quiet);
    app.get("/", { use: { short, long } }, (input) => watch(input.short, input.long));
    assert.deepEqual(await read(app), ["open open", "closed open"]);
  });

  test("test_dependency_yield_scope: test_sub, test_named_function_scope, test_regular_function_scope", async () => {
    const app = new App(quiet);
    const use = { sub: named("response", long), function: named("handler", short), regular };
    app.get("/", { use }, (input) => watch(...input.sub, ...input.function, input.regular));
    assert.deepEqual(await read(app), ["open open open open open", "open open closed closed closed"]);
  });

  test("test_dependency_yield_scope: test_broken_scope", async () => {
    for (const session of [short, regular]) {
      const app = new App(quiet);
      app.get("/", { use: { broken: named("response", session) } }, () => "never");
      await assert.rejects(app.start(), { code: "APUS_DEPENDENCY_SCOPE" });
    }
  });

  for (const level of ["router", "app"] as const) {
    test(`test_dependency_yield_scope: test_${level}_level_dep_scope_function, test_${level}_level_dep_scope_request`, async () => {
      for (const [until, expected] of [
        ["handler", 503],
        ["response", 200],
      ] as const) {
        const use = [raising(until)];
        const app = new App({ ...quiet, ...(level === "app" && { use }) });
        const router = new Router();
        router.get("/", () => ({ status: "ok" }));
        app.include(router, level === "router" ? { use } : {});
        const [status, body] = await call(app, "/");
        assert.equal(status, expected);
        if (status === 200) assert.deepEqual(body, { status: "ok" });
        else assert.equal(detailOf(body), "Exception after yield");
      }
    });
  }
});
