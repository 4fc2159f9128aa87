/** The architecture checks themselves: each finds a planted violation and leaves clean files alone. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { checkErrorPages, checkErrorUse } from "./error-codes.ts";
import { checkHeaders } from "./file-header.ts";
import { checkFloors, describeFloors } from "./floors.ts";
import { checkAny, checkBarrels, checkForbiddenSyntax } from "./forbidden-syntax.ts";
import { checkCycles } from "./import-cycles.ts";
import { checkMachineTraces } from "./machine-traces.ts";
import { maskSource } from "./mask-source.ts";
import { checkFileNames, checkUniqueNames, checkVariables } from "./names.ts";
import { checkPublicNames, readEntries } from "./public-names.ts";
import { readImports } from "./read-imports.ts";
import { checkSizes, measureSizes, type Oversize } from "./sizes.ts";
import type { Finding, SourceFile } from "./source-file.ts";

const file = (path: string, text = ""): SourceFile => ({ path, text });
const only = (found: readonly Finding[], message: RegExp): void => {
  assert.equal(found.length, 1, JSON.stringify(found));
  assert.match(found[0]?.message ?? "", message);
};
const clean = (found: readonly Finding[]): void => assert.deepEqual(found, []);

describe("maskSource", () => {
  const cases: readonly (readonly [text: string, code: string])[] = [
    ['a("x{") // {', 'a("  ")     '],
    ["/* { */ b", "        b"],
    ["`x${ {a:`y${1}`} }z`+1", "` ${ {a:` ${1}`} } `+1"],
    ["a / b / c", "a / b / c"],
    ['x = /["{/]/g.test(y)', "x = /     /g.test(y)"],
    ["return /'/", "return / /"],
    ["(a) / 2 + '/'", "(a) / 2 + ' '"],
    ["'it\\'s' + b", "'     ' + b"],
    ["#!/bin/x '\nok", "          \nok"],
  ];
  for (const [text, code] of cases) test(text, () => assert.equal(maskSource(text), code));

  test("keeps every offset and line break", () => {
    const text = "/**\n * a\n */\nconst x = `\n${y}\n`;\n";
    const code = maskSource(text);
    assert.equal(code.length, text.length);
    assert.equal(code.split("\n").length, text.split("\n").length);
  });
});

test("readImports finds every form of import, and none in comments and strings", () => {
  const text = [
    'import { a } from "./a.ts";',
    'import type { B } from "../b/b.ts";',
    'import "./side-effect.ts";',
    'export { c } from "./c.ts";',
    'type D = import("./d.ts").D;',
    'const e = await import("node:fs");',
    'const no = Array.from("./x.ts"); // import "./y.ts"',
    "const text = `import './z.ts'`;",
  ].join("\n");
  const found = readImports(file("src/app/x.ts", text)).map(({ target, specifier }) => target ?? specifier);
  const expected = ["src/app/a.ts", "src/b/b.ts", "src/app/side-effect.ts", "src/app/c.ts", "src/app/d.ts", "node:fs"];
  assert.deepEqual(found, expected);
});

describe("floors", () => {
  const judge = (path: string, specifier: string): readonly Finding[] =>
    checkFloors([file(path, `import type { X } from "${specifier}";`)]);

  test("down, inside a folder and Node's own modules are fine", () => {
    clean(judge("src/app/app.ts", "../operation/operation.ts"));
    clean(judge("src/schema/vendors/zod.ts", "../schema.ts"));
    clean(judge("src/index.ts", "./app/app.ts"));
    clean(judge("src/http/x.ts", "node:fs"));
    clean(judge("src/testing/test-client.ts", "../app/app.ts"));
    clean(judge("src/client.test.ts", "./client.ts"));
  });
  test("up", () => only(judge("src/http/x.ts", "../app/app.ts"), /up from http .* to app .*src\/errors\//));
  test("sideways", () => only(judge("src/routing/x.ts", "../server/y.ts"), /sideways .*src\/http\/ or src\/schema\//));
  test("a folder without a floor", () => only(judge("src/extras/x.ts", "node:fs"), /no floor/));
  test("an entry file", () => {
    only(judge("src/app/app.ts", "../index.ts"), /up from app/);
    only(judge("src/client.ts", "./index.ts"), /entry file/);
  });
  test("outside src", () => only(judge("src/app/app.ts", "../../test/x.ts"), /not published/));
  test("packages", () => {
    only(judge("src/http/x.ts", "hono"), /no required dependency/);
    only(judge("src/http/x.ts", "typebox/value"), /optional package "typebox"/);
    clean(judge("src/typebox.ts", "typebox"));
    clean(judge("src/http/x.test.ts", "zod"));
  });
  test("a test that reaches up", () => only(judge("src/http/x.test.ts", "../app/app.ts"), /test\/journey\//));
  test("the table is printed top floor first", () => assert.match(describeFloors(), /entry[^]*ground {2}errors$/));
});

describe("cycles", () => {
  const a = file("src/app/a.ts", 'import type { B } from "./b.ts";');
  const b = file("src/app/b.ts", 'import { c } from "./c.ts";');
  test("found, with the whole circle", () => {
    const c = file("src/app/c.ts", 'import { a } from "./a.ts";');
    only(checkCycles([a, b, c]), /a\.ts → src\/app\/b\.ts → src\/app\/c\.ts → src\/app\/a\.ts/);
  });
  test("a file that imports itself", () => {
    only(checkCycles([file("src/app/a.ts", 'import { x } from "./a.ts";')]), /circle/);
  });
  test("a diamond is none", () => {
    const top = file("src/app/top.ts", 'import "./a.ts"; import "./b.ts";');
    clean(checkCycles([top, a, b, file("src/app/c.ts")]));
  });
});

describe("header", () => {
  const judge = (text: string): readonly Finding[] => checkHeaders([file("src/x.ts", text)]);
  test("one sentence is fine, on two lines and behind a shebang too", () => {
    clean(judge("/** What it is. */\n"));
    clean(judge("/**\n * What it is,\n * at some length.\n */\n"));
    clean(judge("#!/usr/bin/env node\n/** What it is. */\n"));
  });
  test("missing", () => only(judge("import x;\n/** Late. */"), /open with one sentence/));
  test("a line comment", () => only(judge("// What it is.\n"), /open with one sentence/));
  test("no sentence", () => only(judge("/** What it is */\n"), /end it with/));
  test("too long", () => only(judge("/**\n * a\n * b\n * c.\n */\n"), /3 lines/));
  test("empty", () => only(judge("/** */\n"), /empty/));
});

describe("names", () => {
  test("of files and folders", () => {
    clean(
      checkFileNames([file("src/http/shared-buffer.ts"), file("test/errors.test.ts"), file("scripts/install.mjs")]),
    );
    only(checkFileNames([file("src/http/string-utils.ts")]), /says nothing/);
    only(checkFileNames([file("examples/common/app.ts")]), /says nothing/);
    only(checkFileNames([file("src/http/MediaType.ts")]), /kebab-case/);
  });
  test("are unique in src", () => {
    clean(
      checkUniqueNames([file("src/a/x.test.ts"), file("src/a/x.ts"), file("src/a/x.test-d.ts"), file("test/x.ts")]),
    );
    only(checkUniqueNames([file("src/a/x.ts"), file("src/b/x.ts")]), /base name of src\/a\/x\.ts/);
    only(checkUniqueNames([file("src/a/x.test.ts"), file("src/a/x.ts"), file("src/b/x.ts")]), /base name/);
    only(checkUniqueNames([file("src/client.ts"), file("src/client/client.ts")]), /base name/);
    only(checkUniqueNames([file("src/a/x.test.ts"), file("src/b/x.ts")]), /does not lie beside it/);
  });
  test("of variables are written out", () => {
    clean(checkVariables([file("src/x.ts", 'const request = a.req; // req\nconst resource = "res";')]));
    only(checkVariables([file("src/x.ts", "function f(req: X) {}")]), /"req"/);
    only(checkVariables([file("src/x.ts", "const { ctx } = y;")]), /"ctx"/);
    clean(checkVariables([file("test/x.ts", "const res = y;")]));
  });
});

describe("sizes", () => {
  const long: Oversize = { path: "src/x.ts", rule: "max-lines-per-function", name: "f", line: 3, size: 60 };
  const reason = "one table";
  const exception = { path: "src/x.ts", rule: "max-lines-per-function", name: "f", limit: 60, reason } as const;

  test("too long without an exception", () => only(checkSizes([long], []), /function f has 60 lines/));
  test("excepted", () => clean(checkSizes([long], [exception])));
  test("grown beyond its exception", () => only(checkSizes([{ ...long, size: 61 }], [exception]), /61 lines/));
  test("an exception that is too wide", () => only(checkSizes([long], [{ ...exception, limit: 70 }]), /60 only/));
  test("an exception that is not needed", () => only(checkSizes([], [exception]), /remove its exception/));
  test("an exception without a reason", () => only(checkSizes([long], [{ ...exception, reason: "" }]), /no reason/));
  test("an exception beyond the hard limit", () => {
    const found = checkSizes([{ ...long, size: 90 }], [{ ...exception, limit: 90 }]);
    assert.equal(found.length, 2);
  });
  test("tests only keep the hard limit of a file", () => {
    clean(checkSizes([{ ...long, path: "src/x.test.ts" }], []));
    clean(checkSizes([{ path: "test/x.ts", rule: "max-lines", line: 1, size: 500 }], []));
    only(checkSizes([{ path: "test/x.ts", rule: "max-lines", line: 1, size: 501 }], []), /501 lines/);
  });

  test("are measured in real files", () => {
    const root = mkdtempSync(join(tmpdir(), "apus-sizes-"));
    try {
      mkdirSync(join(root, "src"));
      const body = "  work();\n".repeat(60);
      writeFileSync(join(root, "src/long.ts"), `export function tall(): void {\n${body}}\n${"\n".repeat(300)}`);
      writeFileSync(join(root, "src/wide.ts"), "export const wide = (a: 1, b: 2, c: 3, d: 4): void => {};\n");
      writeFileSync(join(root, "src/fine.ts"), "export function fine(a: 1, b: 2, c: 3): void {}\n");
      const found = measureSizes(root, ["src"]).map(({ path, rule, name, size }) => `${path} ${rule} ${name} ${size}`);
      assert.deepEqual(found.toSorted(), [
        "src/long.ts max-lines undefined 362",
        "src/long.ts max-lines-per-function tall 62",
        "src/wide.ts max-params undefined 4",
      ]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe("public names", () => {
  const manifest = JSON.stringify({
    name: "apus",
    exports: { ".": "./src/index.ts", "./client": "./src/client.ts", "./package.json": "./package.json" },
  });
  const entries = readEntries(manifest);
  const index = file("src/index.ts", 'export { App, b as c } from "./x.ts";\nexport type { D } from "./x.ts";\n');
  const client = file("src/client.ts", "export async function createClient(): Promise<void> {}\n");
  const page =
    "# Names\n\n## apus\n\n- `App`: x `y`\n- `c(…)`\n\n| `D` | z |\n\n## `apus/client`\n\n- `createClient`\n";
  const judge = (files: readonly SourceFile[], text: string): readonly Finding[] =>
    checkPublicNames(files, entries, text);

  test("that agree", () => clean(judge([index, client], page)));
  test("that are not listed", () => only(judge([index, client], page.replace("- `App`", "")), /add .*apus": `App`$/));
  test("that are not exported", () => {
    only(judge([index, client], `${page}- \`gone\`\n`), /remove .*apus\/client": `gone`$/);
  });
  test("that are listed twice", () => only(judge([index, client], `${page}- \`createClient\`\n`), /remove/));
  test("without a section", () => only(judge([index, client], page.split("## `")[0] ?? ""), /add the section/));
  test("of an unknown section", () => only(judge([index, client], `${page}\n## apus/old\n`), /no entry/));
  test("of an entry that does not exist", () => only(judge([index], page), /does not exist/));
  test("behind a star", () => {
    const star = file("src/index.ts", `${index.text}export * from "./y.ts";`);
    only(judge([star, client], page), /re-exports everything/);
  });
});

describe("syntax", () => {
  const judge = (text: string): readonly Finding[] => checkForbiddenSyntax([file("src/x.ts", text)]);
  test("that is forbidden", () => {
    only(judge("export default function f() {}"), /default export/);
    only(judge("export { f as default };"), /default export/);
    only(judge("export enum Colour { red }"), /enum/);
    only(judge("declare const enum Colour { red }"), /enum/);
    only(judge("namespace A.B { }"), /namespace/);
  });
  test("that only looks like it", () => {
    clean(judge('const x = { default: 1, enum: ["a"] };\n// export default\nconst s = "namespace A {";'));
    clean(judge("switch (a) { default: break; }"));
  });
  test("of an inner barrel", () => {
    const barrel = '/** All. */\nexport { a } from "./a.ts";\nexport type { B } from "./b.ts";\n';
    only(checkBarrels([file("src/http/all.ts", barrel)]), /only re-exports/);
    clean(checkBarrels([file("src/index.ts", barrel)]));
    clean(checkBarrels([file("src/http/all.ts", `${barrel}export const c = 1;\n`)]));
    clean(checkBarrels([file("src/http/all.ts", "export interface A { readonly a: 1 }\n")]));
  });
});

describe("any", () => {
  const judge = (text: string): readonly Finding[] => checkAny([file("src/x.ts", text)]);
  test("outside a constraint", () => {
    only(judge("let x: any;"), /unknown/);
    only(judge("const x = y as any;"), /unknown/);
    only(judge("function f<T extends Foo>(x: any): void {}"), /unknown/);
    only(judge("interface A extends B { x: any }"), /unknown/);
    only(judge("type A<T = any> = T;"), /unknown/);
    only(judge("type A<T> = T extends string ? any : never;"), /unknown/);
  });
  test("in a constraint", () => {
    clean(judge("function f<F extends (...args: any[]) => any>(f: F): void {}"));
    clean(judge("type A<T extends Foo<any, any>> = T;"));
    clean(judge("type A<T extends { readonly a: any }> = T;"));
    clean(judge("type A<T> = T extends Map<any, infer V> ? V : never;"));
  });
  test("that a comment explains as a constraint", () => {
    const comment = "// oxlint-disable-next-line typescript/no-explicit-any -- a constraint that takes every schema\n";
    clean(judge(`${comment}export type AnySchema = Schema<any>;`));
    only(judge(`${comment.replace("constraint", "type")}export type AnySchema = Schema<any>;`), /unknown/);
  });
  test("that is a name, or in a test", () => {
    clean(judge("await Promise.any(x); AbortSignal.any([]); const o = { any: 1 }; // any"));
    clean(judge("let any = false; if (a) any = b(); return named ?? any;"));
    clean(checkAny([file("src/x.test.ts", "let x: any;")]));
  });
});

describe("machine traces", () => {
  const judge = (text: string): readonly Finding[] => checkMachineTraces([file("docs/x.md", text)], "/builds/apus");
  test("are found", () => {
    only(judge("see /home/someone/apus"), /home folder/);
    only(judge("C:\\Users\\someone"), /home folder/);
    only(judge('open("/tmp/x")'), /one machine/);
    only(judge("cd /builds/apus/src"), /this checkout/);
    only(judge("https://npm-registry.example.com/apus"), /registry/);
  });
  test("are not seen in ordinary text", () => {
    clean(judge("GET /users/1 src/tmp/x registry.converters /usr/bin/env"));
    clean(checkMachineTraces([file("x.ts", 'import "../app/app.ts"')], "/app"));
  });
});

describe("errors", () => {
  const codes = { APUS_A: "It is A.", APUS_B: "It is B." };
  const pages = [
    file("docs/errors/APUS_A.md", "# APUS_A\n\nIt is A. More.\n"),
    file("docs/errors/APUS_B.md", "It is B."),
  ];
  const uses = [file("src/x.ts", 'new ApusError("APUS_A", m);\nnew ApusError(\n  "APUS_B",\n  m)')];

  test("that agree", () => {
    clean(checkErrorPages(codes, pages));
    clean(checkErrorUse(codes, uses));
  });
  test("without a page", () => only(checkErrorPages(codes, pages.slice(1)), /does not exist/));
  test("with another sentence", () => {
    only(checkErrorPages({ ...codes, APUS_A: "It was A." }, pages), /must open with/);
  });
  test("with a page too many", () => {
    only(checkErrorPages(codes, [...pages, file("docs/errors/APUS_C.md")]), /no such code/);
    clean(checkErrorPages(codes, [...pages, file("docs/errors/README.md")]));
  });
  test("that nothing throws", () => only(checkErrorUse({ ...codes, APUS_C: "C." }, uses), /thrown nowhere/));
  test("that are not listed", () => {
    only(checkErrorUse(codes, [...uses, file("src/y.ts", 'new ApusError("APUS_D", m)')]), /not in the list/);
  });
});
