/** The package as users get it: built, packed, installed from the tarball, imported, type-checked, and read by publint and attw. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { readExportedNames } from "./architecture/public-names.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "apus-package-"));
const built = join(folder, "built");
const project = join(folder, "project");
const installed = join(project, "node_modules/apus");
const entries = ["index", "client", "testing", "typebox", ...readMiddlewareEntries()];
let tarball = "";

function readMiddlewareEntries(): readonly string[] {
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  const { exports } = JSON.parse(manifest) as { exports: Record<string, string> };
  return Object.keys(exports).flatMap((key) => (key.startsWith("./middleware/") ? [key.slice(2)] : []));
}

function run(command: string, words: readonly string[], cwd: string): string {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const result = spawnSync(command, words, { cwd, env, encoding: "utf8", shell: process.platform === "win32" });
  assert.equal(result.status, 0, `${command} ${words.join(" ")}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

before(() => {
  run(process.execPath, ["scripts/build.ts", built], root);
  const options = ["--ignore-scripts", "--json", "--pack-destination", folder];
  const [packed] = JSON.parse(run("npm", ["pack", ...options], built)) as [{ filename: string }];
  tarball = join(folder, packed.filename);
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"], folder);
  for (const name of ["typebox", "@types", "undici-types"]) {
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name), "junction");
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module" }\n');
});

after(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the published package", () => {
  test("holds the built files, the papers and the assets, and no source or test", () => {
    const paths = readdirSync(installed, { recursive: true, encoding: "utf8" }).map((path) =>
      path.replaceAll("\\", "/"),
    );
    for (const path of ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "index.js", "index.d.ts"]) {
      assert.ok(paths.includes(path), `${path} is missing`);
    }
    assert.equal(existsSync(join(installed, "assets")), existsSync(join(root, "assets")));
    assert.deepEqual(
      paths.filter((path) => /(?<!\.d)\.ts$|\.test\.|\.test-d\./.test(path)),
      [],
    );
  });

  test("has no required dependency", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Record<string, unknown>;
    assert.equal(manifest["dependencies"], undefined);
    assert.equal(manifest["scripts"], undefined);
    assert.equal(manifest["private"], undefined);
  });

  test("imports relative files only by the names they are published under", () => {
    const wrong = readdirSync(installed, { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(?:js|d\.ts)$/.test(path) && !path.startsWith("assets"))
      .filter((path) =>
        /(?:from|import)\s*\(?\s*["']\.[^"']*\.ts["']/.test(readFileSync(join(installed, path), "utf8")),
      );
    assert.deepEqual(wrong, []);
  });

  test("gives every value that the entries export", () => {
    const specifiers = entries.map((name) => (name === "index" ? "apus" : `apus/${name}`));
    const lines = specifiers.map((name) => `console.log(JSON.stringify(Object.keys(await import("${name}"))));`);
    writeFileSync(join(project, "names.mjs"), lines.join("\n"));
    const found = run(process.execPath, ["names.mjs"], project).trim().split("\n");
    for (const [index, name] of entries.entries()) {
      const { exported } = readExportedNames(readFileSync(join(root, "src", `${name}.ts`), "utf8"));
      const values = JSON.parse(found[index] ?? "[]") as readonly string[];
      assert.deepEqual(
        values.filter((value) => !exported.includes(value)),
        [],
        name,
      );
      assert.ok(values.length > 0, `${name} exports no value`);
    }
  });

  test("brings the command line", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { bin: { apus: string } };
    assert.match(run(process.execPath, [join(installed, manifest.bin.apus), "--help"], project), /\bdev\b.*\n/);
  });

  test("runs an app", () => {
    const lines = [
      'import { App } from "apus";',
      'const app = new App({ title: "Packed", version: "1.0.0", log: false });',
      'app.get("/wait/{seconds:int}", ({ path }) => ({ seconds: path.seconds }));',
      'for (const path of ["/wait/3", "/wait/abc", "/openapi.json", "/docs"]) {',
      '  const response = await app.fetch(new Request("http://localhost" + path));',
      "  console.log(path, response.status, (await response.text()).slice(0, 20));",
      "}",
    ];
    writeFileSync(join(project, "app.mjs"), lines.join("\n"));
    const answers = run(process.execPath, ["app.mjs"], project).trim().split("\n");
    assert.equal(answers[0], '/wait/3 200 {"seconds":3}');
    assert.match(answers[1] ?? "", /^\/wait\/abc 422 /);
    assert.match(answers[2] ?? "", /^\/openapi\.json 200 \{"openapi":"3\.1/);
    assert.match(answers[3] ?? "", /^\/docs 200 </);
  });

  test("type-checks in a strict project, its declarations included", () => {
    const imports = entries.map((name, index) => {
      const specifier = name === "index" ? "apus" : `apus/${name}`;
      return `import * as entry${index} from "${specifier}";\nexport const used${index} = entry${index};`;
    });
    writeFileSync(join(project, "types.mts"), imports.join("\n"));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--lib", "es2024,esnext"];
    run(process.execPath, [tsc, ...options, "--types", "node", "--skipLibCheck", "false", "types.mts"], project);
  });

  test("has nothing that publint would remark", async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  test("resolves to the right types for attw", () => {
    const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    run(process.execPath, [attw, tarball, "--profile", "esm-only", "--no-color", "--no-definitely-typed"], project);
  });
});
