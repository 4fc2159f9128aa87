/** `offload()` in the forms that programs are shipped in: compiled by tsc, and put into one file together with the app. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { SingleFile } from "./single-file.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "apus-offload-"));
const { NODE_TEST_CONTEXT: _, NODE_ENV: __, ...environment } = process.env;

before(() => {
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
});
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly warnings: string;
}

async function run(path: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [path], { cwd: folder, env: { ...environment, ...env } });
  let [output, warnings] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (warnings += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output: output.trim(), warnings };
}

/** A whole program in one file: an app with a lifespan that listens, calls its workers, and stops. */
const program = `
import { App, HttpError } from "apus";
import { configureOffload, offload } from "apus/workers";

configureOffload({ threads: 2 });
console.log("loaded");
const add = offload(import.meta, "add", (one, other) => one + other);
const count = offload(import.meta, "count", async function* (to) { for (let n = 1; n <= to; n += 1) yield n; });
const nested = offload(import.meta, "nested", async () => add(await add(1, 2), 3));
const refuse = offload(import.meta, "refuse", () => { throw new HttpError(402, "pay first"); });
const spin = offload(import.meta, "spin", () => { for (;;) Math.random(); }, { timeout: 50 });
const main = offload(import.meta, "main", () => import.meta.main);
const apart = offload(import.meta, "apart", () => process.pid, { process: true });

const app = new App({ log: false, docs: false });
app.lifespan(async function* () { console.log("lifespan"); yield; });
app.get("/sum/{one:int}", ({ path }) => add(path.one, 1));
app.get("/refused", () => refuse());
GUARDawait app.start();
GUARDconst server = await app.listen({ port: 0, signals: false, idleGrace: 0 });
GUARDif (server.port !== 0) await tell(server);

async function tell(server) {
  const items = [];
  for await (const item of count(3)) items.push(item);
  const late = await spin().catch((error) => error.status);
  const sum = await (await fetch(server.url + "/sum/41")).json();
  const refused = (await fetch(server.url + "/refused")).status;
  const isApart = (await apart()) !== process.pid;
  console.log(JSON.stringify({ sum, refused, items, late, nested: await nested(), main: await main(), isApart }));
  await server.stop();
}
`;

const told = JSON.stringify({
  sum: 42,
  refused: 402,
  items: [1, 2, 3],
  late: 504,
  nested: 6,
  main: false,
  isApart: true,
});

describe("one file that holds the app, the framework and what is offloaded", () => {
  test("works: in the worker, nothing listens and no lifespan runs, which is said once", async () => {
    const path = join(folder, "bundle.mjs");
    writeFileSync(path, new SingleFile().build(program.replaceAll("GUARD", "")));
    const { code, output, warnings } = await run(path);
    assert.equal(code, 0, warnings);
    const lines = output.split("\n");
    assert.equal(lines.filter((line) => line === "lifespan").length, 1);
    assert.ok(lines.filter((line) => line === "loaded").length > 1, "the workers load the whole file");
    assert.ok(lines.includes(told), output);
    assert.equal(warnings.match(/ApusWarning: A worker/g)?.length, 1, warnings);
    assert.match(warnings, /imports .*bundle\.mjs, which tells an app to listen\. .*import\.meta\.main/);
    const inProduction = await run(path, { NODE_ENV: "production" });
    assert.equal(inProduction.code, 0, inProduction.warnings);
    assert.equal(inProduction.warnings, "");
  });

  test("says nothing when only the main module starts the server", async () => {
    const path = join(folder, "guarded.mjs");
    const guarded = program
      .replaceAll("GUARDconst server =", "const server = import.meta.main &&")
      .replaceAll("GUARD", "if (import.meta.main) ");
    writeFileSync(path, new SingleFile().build(guarded));
    const { code, output, warnings } = await run(path);
    assert.equal(code, 0, warnings);
    assert.ok(output.split("\n").includes(told), output);
    assert.equal(warnings, "");
  });
});

describe("compiled by tsc", () => {
  test("modules are found again, also those named by their source", () => {
    const sources = join(folder, "source");
    const installed = join(folder, "node_modules/apus");
    mkdirSync(sources);
    mkdirSync(installed, { recursive: true });
    for (const name of ["offload-jobs.ts", "offload-file.ts"]) {
      cpSync(join(root, "test/journey/apps", name), join(sources, name));
    }
    writeFileSync(join(sources, "main.ts"), compiledMain);
    writeFileSync(
      join(installed, "package.json"),
      '{ "name": "apus", "type": "module", "exports": { "./workers": { "types": "./workers.ts", "default": "./workers.js" } } }',
    );
    cpSync(join(root, "src"), installed, { recursive: true });
    // tsc compiles nothing below node_modules.
    compile(join(root, "src/workers.ts"), installed);
    compile(join(sources, "main.ts"), join(folder, "built"));
    rmSync(sources, { recursive: true });
    assert.equal(call([join(folder, "built/main.js")], folder), "3 42 1,2,3 RangeError true");
  });
});

const compiledMain = `
import { offload } from "apus/workers";
import { add, count, countThenFail, fragile } from "./offload-jobs.ts";
import type { double } from "./offload-file.ts";

const twice = offload.file<typeof double>(new URL("./offload-file.ts", import.meta.url), "double");
const items: number[] = [];
for await (const item of count(3)) items.push(item);
const failure = await countThenFail(0).next().catch((error: Error) => error.name);
console.log(await add(1, 2), await twice(21), items.join(), failure, (await fragile("work")).pid !== process.pid);
`;

function compile(path: string, target: string): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const language = ["--module", "nodenext", "--target", "es2024", "--lib", "es2024,esnext.disposable", "--strict"];
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types"), "--skipLibCheck"];
  const places = ["--rootDir", dirname(path), "--outDir", target, "--rewriteRelativeImportExtensions"];
  call([tsc, ...language, ...types, ...places, path], folder);
}

function call(words: readonly string[], cwd: string): string {
  const result = spawnSync(process.execPath, words, { cwd, env: environment, encoding: "utf8" });
  assert.equal(result.status, 0, `${words.join(" ")}\n${result.stdout}${result.stderr}`);
  return result.stdout.trim();
}
