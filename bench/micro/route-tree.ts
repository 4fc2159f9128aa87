/** Measures one lookup in trees of 10 to 10,000 routes: it should cost the same in all of them. */

import { builtinConverters } from "../../src/routing/converter.ts";
import { parsePathTemplate } from "../../src/routing/path-template.ts";
import { RouteTree } from "../../src/routing/route-tree.ts";

const sizes = [10, 100, 1_000, 10_000];
const rounds = 15;
const batchMs = 60;
const sampleSize = 40;

/** The kinds of route that a big API has, and a path that each of them answers. */
const patterns: readonly (readonly [template: string, path: string])[] = [
  ["/resource#", "/resource#"],
  ["/resource#/{id:int}", "/resource#/4711"],
  ["/repos/{owner}/{repo}/part#", "/repos/octocat/hello-world/part#"],
  ["/repos/{owner}/{repo}/part#/{number:int}/comments", "/repos/octocat/hello-world/part#/1347/comments"],
  ["/orgs/{org}/group#/settings", "/orgs/github/group#/settings"],
  ["/resource#/search", "/resource#/search"],
  ["/users/{user}/list#/{item}", "/users/octocat/list#/first"],
  ["/v{version:int}/thing#/{id:uuid}", "/v3/thing#/0189d5b4-1f6e-7c3a-9b2d-4e5f60718293"],
  ["/files#/{rest:path}", "/files#/src/routing/route-tree.ts"],
  ["/resource#/{name}.json", "/resource#/report.json"],
];

interface Subject {
  readonly size: number;
  readonly tree: RouteTree<number>;
  /** As many paths for every size, spread over the whole tree, each pattern equally often. */
  readonly paths: readonly string[];
  readonly nanoseconds: number[];
}

function createSubject(size: number): Subject {
  const tree = new RouteTree<number>();
  const answered: string[] = [];
  for (let index = 0; index < size; index++) {
    const [template = "", path = ""] = patterns[index % patterns.length] ?? [];
    const number = String(Math.floor(index / patterns.length));
    const parsed = parsePathTemplate(template.replaceAll("#", number), builtinConverters);
    tree.add({ method: "GET", template: parsed, value: index, declaredAt: `route ${index}` });
    answered.push(path.replaceAll("#", number));
  }
  const groups = size / patterns.length;
  const paths = Array.from({ length: sampleSize }, (_, index) => {
    const group = Math.floor(((index * groups) / sampleSize) % groups);
    return answered[group * patterns.length + (index % patterns.length)] ?? "/";
  });
  return { size, tree, paths, nanoseconds: [] };
}

/** Nanoseconds per lookup over one batch of about `batchMs`. */
function measureBatch({ tree, paths }: Subject): number {
  let lookups = 0;
  let found = 0;
  const start = performance.now();
  let elapsed = 0;
  while (elapsed < batchMs) {
    for (let repeat = 0; repeat < 25; repeat++) {
      for (const path of paths) if (tree.match("GET", path).kind === "found") found++;
    }
    lookups += 25 * paths.length;
    elapsed = performance.now() - start;
  }
  if (found !== lookups) throw new Error(`${lookups - found} of ${lookups} lookups found nothing`);
  return (elapsed * 1e6) / lookups;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

const subjects = sizes.map(createSubject);
for (const subject of subjects) measureBatch(subject); // warms up
for (let round = 0; round < rounds; round++) {
  for (const subject of subjects) subject.nanoseconds.push(measureBatch(subject));
}
const [first] = subjects;
const base = first === undefined ? NaN : median(first.nanoseconds);
console.log("routes    ns per lookup    against 10 routes");
for (const { size, nanoseconds } of subjects) {
  const middle = median(nanoseconds);
  console.log(`${String(size).padStart(6)}${middle.toFixed(0).padStart(17)}${(middle / base).toFixed(2).padStart(21)}`);
}
