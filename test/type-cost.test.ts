/** What a route and its call cost the type checker: within a budget, and the same however many there are. */

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { checkTypes } from "../bench/types/check-types.ts";
import { generateApi } from "../bench/types/generate-api.ts";

/** Instantiations that a declared and called route may cost above what the schema library costs without the framework. */
const budget = 1_000;
/** What all routes of a program share is paid once. */
const shared = 4_000;
/** How much steeper the line may be at the end: a cost that grows with the square would be five times as steep. */
const bend = 1.15;

type Count = "instantiations" | "types";

/** What the framework adds to the floor, by the number of routes, each called once. */
const added = new Map<number, Readonly<Record<Count, number>>>();

function addedAt(routes: number, count: Count): number {
  const counts = added.get(routes);
  assert(counts !== undefined, `${routes} routes were not measured`);
  return counts[count];
}

function slope(from: number, to: number, count: Count): number {
  return (addedAt(to, count) - addedAt(from, count)) / (to - from);
}

describe("type-check cost", () => {
  before(async () => {
    for (const routes of [10, 100, 500]) {
      const [floor, full] = await Promise.all([
        checkTypes(generateApi({ routes, stage: "senders" })),
        checkTypes(generateApi({ routes, stage: "calls" })),
      ]);
      added.set(routes, {
        instantiations: full.instantiations - floor.instantiations,
        types: full.types - floor.types,
      });
    }
  });

  for (const routes of [10, 100, 500]) {
    test(`${routes} routes cost at most ${budget} instantiations each above the schema library, and ${shared} together`, () => {
      const each = (addedAt(routes, "instantiations") - shared) / routes;
      assert(each <= budget, `${Math.round(each)} instantiations a route; npm run bench -- types says where`);
    });
  }

  for (const count of ["instantiations", "types"] as const) {
    test(`the number of ${count} grows in a straight line`, () => {
      const [early, late] = [slope(10, 100, count), slope(100, 500, count)];
      const words = `${Math.round(early)} a route from 10 to 100, ${Math.round(late)} from 100 to 500`;
      assert(late <= early * bend, words);
    });
  }
});
