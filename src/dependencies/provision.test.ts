/** One run of a dependency: functions, generators, what they give, and how they end. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dependency, type AnyDependency } from "./dependency.ts";
import { isGenerator, Provision } from "./provision.ts";

const input = { log: undefined };
const told: string[] = [];
const yieldError = { code: "APUS_DEPENDENCY_YIELD" };

async function* twice(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

describe("begin", () => {
  test("gives at once what is there at once, and later what is promised", async () => {
    assert.equal(new Provision(dependency(() => 1)).begin(input), 1);
    assert.equal(await new Provision(dependency(async () => 2)).begin(input), 2);
    const thenable = { then: (resolve: (value: number) => void) => resolve(3) };
    assert.equal(await new Provision(dependency(() => thenable)).begin(input), 3);
  });

  test("a generator is open behind its yield; a plain function may hand one on", async () => {
    const sync = new Provision(
      dependency(function* () {
        yield 1;
      }),
    );
    assert.equal(sync.begin(input), 1);
    assert.ok(sync.isOpen);
    const handed = new Provision(dependency(() => twice()));
    assert.equal(await handed.begin(input), 1);
    assert.ok(handed.isOpen);
    await handed.end({ error: "over" }).catch(() => {});
    assert.ok(!handed.isOpen);
  });

  test("is an error without a yield", async () => {
    const empty = new Provision(dependency(async function* () {}));
    await assert.rejects(async () => empty.begin(input), yieldError);
    const early = new Provision(
      dependency(function* () {
        if (told.length === 0) return;
        yield 1;
      }),
    );
    assert.throws(() => early.begin(input), yieldError);
  });

  test("what throws before the yield has nothing to end", async () => {
    const failing = new Provision(
      // oxlint-disable-next-line require-yield -- it is stopped before
      dependency(async function* () {
        throw new Error("no database");
      }),
    );
    await assert.rejects(async () => failing.begin(input), /no database/);
    assert.ok(!failing.isOpen);
  });

  test("a promise that is yielded and rejected is thrown by the yield, with or without `async`", async () => {
    const lost = async (): Promise<number> => {
      throw new Error("lost");
    };
    const ways: readonly AnyDependency[] = [
      dependency(function* () {
        try {
          yield lost();
        } finally {
          told.push("sync ends");
        }
      }),
      dependency(async function* () {
        try {
          yield lost();
        } finally {
          told.push("async ends");
        }
      }),
    ];
    for (const way of ways) {
      const provision = new Provision(way);
      await assert.rejects(async () => provision.begin(input), /lost/);
      assert.ok(!provision.isOpen);
    }
    assert.deepEqual(told, ["sync ends", "async ends"]);
  });
});

describe("end", () => {
  test("goes on behind the yield, once", async () => {
    let ends = 0;
    const provision = new Provision(
      dependency(async function* () {
        yield 1;
        ends += 1;
      }),
    );
    await provision.begin(input);
    await provision.end();
    await provision.end();
    assert.equal(ends, 1);
  });

  test("throws the failure at the yield, whatever it is; one that is caught is no error of the end", async () => {
    const seen: unknown[] = [];
    for (const error of [new Error("a"), undefined, null, 0]) {
      const provision = new Provision(
        dependency(function* () {
          try {
            yield 1;
          } catch (caught) {
            seen.push(caught);
          }
        }),
      );
      provision.begin(input);
      await provision.end({ error });
    }
    assert.deepEqual(seen, [new Error("a"), undefined, null, 0]);
  });

  test("a second yield is an error, and the generator is closed", async () => {
    let isClosed = false;
    const provision = new Provision(
      dependency(async function* () {
        try {
          yield 1;
          yield 2;
        } finally {
          isClosed = true;
        }
      }),
    );
    await provision.begin(input);
    await assert.rejects(provision.end(), yieldError);
    assert.ok(isClosed);
  });

  test("one that goes on yielding whatever happens is left alone", async () => {
    const stubborn = new Provision(
      dependency(function* () {
        for (;;) {
          try {
            yield 1;
          } catch {}
        }
      }),
    );
    stubborn.begin(input);
    await assert.rejects(stubborn.end({ error: new Error("over") }), yieldError);
    assert.ok(!stubborn.isOpen);
  });
});

test("generators are known before they run", () => {
  assert.ok(isGenerator(dependency(twice)));
  assert.ok(isGenerator(dependency(twice.bind(undefined))));
  assert.ok(!isGenerator(dependency(() => twice())));
});
