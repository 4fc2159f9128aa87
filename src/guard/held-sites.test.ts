/** Sites are counted each for itself, told at growing distances, and bounded in number. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldSites, type Hold } from "./held-sites.ts";

function hold(line: number, held = 100): Hold {
  return { kind: "code", method: "GET", route: "/a", place: { name: "work", file: "a.ts", line }, held };
}

test("told at once, then after ten seconds, a minute, six minutes, with what came between", () => {
  const sites = new HeldSites();
  const told: [second: number, times: number, longest: number][] = [];
  for (let second = 0; second < 600; second += 1) {
    const due = sites.add(hold(1, second === 5 ? 500 : 100), second * 1_000);
    if (due !== undefined) told.push([second, due.times, due.longest]);
  }
  assert.deepEqual(told, [
    [0, 1, 100],
    [10, 10, 500],
    [70, 60, 100],
    [430, 360, 100],
  ]);
});

test("each place and each route for itself, the worst first", () => {
  const sites = new HeldSites();
  sites.add(hold(1), 5);
  sites.add(hold(2, 300), 5);
  sites.add({ ...hold(1), route: "/b" }, 5);
  sites.add(hold(1, 150), 7);
  const [worst, second, ...rest] = sites.list();
  assert.equal(worst?.line, 2);
  assert.deepEqual(second, {
    kind: "code",
    method: "GET",
    route: "/a",
    name: "work",
    file: "a.ts",
    line: 1,
    count: 2,
    total: 250,
    longest: 150,
    latest: 7,
  });
  assert.equal(rest.length, 1);
});

test("there is an end to new sites", () => {
  const sites = new HeldSites();
  for (let line = 0; line < 2_000; line += 1) sites.add(hold(line), 0);
  assert.equal(sites.list().length, 500);
  sites.clear();
  assert.deepEqual(sites.list(), []);
});
