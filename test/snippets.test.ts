/** The code in README and docs is code that the tests run, and their links lead somewhere. */

import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, test } from "node:test";
import { listPages, readRegion, readRepositoryFile, syncPage } from "../scripts/sync-snippets.ts";

const root = join(import.meta.dirname, "..");
const pages = listPages().map((path) => ({ path, text: readRepositoryFile(path) ?? "" }));
const mend = "To fill the code blocks from their regions: node scripts/sync-snippets.ts";

describe("the pages", () => {
  test("have only code blocks that come from a region of a file", () => {
    const problems = pages.flatMap((page) => syncPage(page, readRepositoryFile).problems);
    assert.deepEqual(
      problems.map(({ place, message }) => `${place}: ${message}`),
      [],
    );
  });

  test("show their regions as they are now", () => {
    const stale = pages.filter((page) => syncPage(page, readRepositoryFile).text !== page.text);
    assert.deepEqual(
      stale.map(({ path }) => path),
      [],
      mend,
    );
  });

  test("take code only from tests, and from files that a test beside them imports", () => {
    const sources = new Set(pages.flatMap(({ text }) => text.match(/(?<=^<!-- snippet: )[^#\s]+/gm) ?? []));
    const untested = [...sources].filter((path) => !path.endsWith(".test.ts") && !isImportedByTest(path));
    assert.deepEqual(untested, []);
  });

  test("link to files that exist", () => {
    const dead = pages.flatMap(({ path, text }) =>
      listLinks(text)
        .filter((link) => !existsSync(join(root, dirname(path), link)))
        .map((link) => `${path} → ${link}`),
    );
    assert.deepEqual(dead, []);
  });

  test("are all reachable from README", () => {
    const reached = new Set(["README.md"]);
    for (const path of reached) {
      const text = readRepositoryFile(path) ?? "";
      for (const link of listLinks(text)) {
        const target = join(dirname(path), link).replaceAll("\\", "/");
        if (target.endsWith(".md")) reached.add(target);
      }
    }
    assert.deepEqual(
      pages.map(({ path }) => path).filter((path) => !reached.has(path) && !path.startsWith("docs/decisions/")),
      [],
    );
  });
});

describe("syncPage", () => {
  const source =
    "const a = 1;\n  // #region one\n  if (a) {\n    // #region two\n    run();\n    // #endregion two\n  }\n  // #endregion one\n";
  const readSource = (path: string): string | undefined => (path === "x.ts" ? source : undefined);
  const sync = (text: string): ReturnType<typeof syncPage> => syncPage({ path: "p.md", text }, readSource);

  test("fills a block without the region's indentation and inner markers", () => {
    const { text, problems } = sync("# P\n\n<!-- snippet: x.ts#one -->\n```ts\nold\n```\n\nend\n");
    assert.equal(text, "# P\n\n<!-- snippet: x.ts#one -->\n```ts\nif (a) {\n  run();\n}\n```\n\nend\n");
    assert.deepEqual(problems, []);
  });

  test("leaves what is no TypeScript alone", () => {
    const page = "```sh\nnpm test\n```\n\n````md\n```ts\nlet x;\n```\n````\n";
    assert.deepEqual(sync(page), { text: page, problems: [] });
  });

  for (const [name, page, message] of [
    ["no snippet comment", "```ts\nx\n```\n", /^has no snippet/],
    ["a comment without a block", "<!-- snippet: x.ts#one -->\n\nend\n", /^has no code block/],
    ["a blank line after the comment", "<!-- snippet: x.ts#one -->\n\n```ts\n```\n", /^has no code block/],
    ["JavaScript without a comment", "```js\nx\n```\n", /^has no snippet/],
    ["a file that does not exist", "<!-- snippet: y.ts#one -->\n```ts\n```\n", /^y\.ts does not exist/],
    ["a region that does not exist", "<!-- snippet: x.ts#three -->\n```ts\n```\n", /no "\/\/ #region three"/],
    ["a block without an end", "<!-- snippet: x.ts#one -->\n```ts\n", /never closed/],
  ] as const) {
    test(`finds ${name}`, () => {
      const { text, problems } = sync(page);
      assert.equal(text, page);
      assert.ok(problems.length > 0);
      assert.match(problems[0]?.message ?? "", message);
    });
  }

  test("knows a region only with both of its ends", () => {
    assert.deepEqual(readRegion(source, "two"), ["run();"]);
    assert.equal(readRegion("// #region a\nx\n", "a"), undefined);
    assert.equal(readRegion("// #endregion a\n// #region a\n", "a"), undefined);
  });
});

function isImportedByTest(path: string): boolean {
  const tests = globSync("*.test.ts", { cwd: join(root, dirname(path)) });
  return tests.some((name) => readFileSync(join(root, dirname(path), name), "utf8").includes(`"./${basename(path)}"`));
}

/** Relative targets of Markdown links outside code, without their fragments. */
function listLinks(text: string): readonly string[] {
  const prose = text.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\((?<link>[^)\s]+)\)/g)]
    .map((match) => (match.groups?.["link"] ?? "").replace(/#.*$/, ""))
    .filter((link) => link !== "" && !/^[a-z]+:/i.test(link));
}
