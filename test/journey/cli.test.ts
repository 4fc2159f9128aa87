/** The command line as users run it: finding the app, routes, the document, restarts, workers, signals. */

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createProject, type Command, type Project } from "./cli-project.ts";

const listening = /Listening on (http:\/\/[^"\s]+)/;

/** An app that answers with a text of its own and one that it imports. */
function appFile(text: string): string {
  return [
    'import { App } from "apus";',
    'import { part } from "./lib/part.ts";',
    'export const app = new App({ title: "Small", log: { requests: false } });',
    `app.get("/", function readText() { return { text: ${JSON.stringify(text)}, part, mode: process.env["NODE_ENV"], pid: process.pid }; });`,
    "",
  ].join("\n");
}

const partFile = (text: string): string => `export const part = ${JSON.stringify(text)};\n`;

function smallProject(): Project {
  return createProject({ "app.ts": appFile("first"), "lib/part.ts": partFile("part one") });
}

interface Answer {
  readonly text: string;
  readonly part: string;
  readonly mode: string;
  readonly pid: number;
}

async function read(url: string, agent: Agent | false = false): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text) as Answer);
        else reject(new Error(`${answer.statusCode} ${text}`));
      });
    })
      .on("error", reject)
      .end();
  });
}

/** The answer of the app after the next start that the command reports. */
async function readNext(command: Command): Promise<Answer> {
  return read(`${await command.next(listening)}/`);
}

test("apus says what it can do, and refuses what it cannot with exit code 2", async () => {
  const project = smallProject();
  const runs = [["--version"], ["serve"], ["start", "--port", "65536"], ["dev", "--help"]];
  const [version, unknown, port, help] = await Promise.all(runs.map((words) => project.run(words)));
  assert.match(version?.out ?? "", /^\d+\.\d+\.\d+\n$/);
  assert.match(unknown?.error ?? "", /^There is no command "serve"\.\n\nUsage: apus <command>/);
  assert.match(port?.error ?? "", /^--port is a number from 0 to 65535/);
  assert.match(help?.out ?? "", /Usage: apus dev \[app\.ts\]/);
  assert.deepEqual([version?.code, unknown?.code, port?.code, help?.code], [0, 2, 2, 0]);
});

describe("the app's module", () => {
  const app = 'import { App } from "apus";\n';
  test("is refused with the reason when it cannot be loaded, or has no app", async () => {
    const cases = [
      ["none.ts", "export const part = 1;\n", /^none\.ts exports no app \(it exports part\)/],
      ["throws.ts", 'throw new Error("no database");\n', /^throws\.ts could not be loaded:\n\nError: no database\n/],
      ["syntax.ts", "const a: = 1;\n", /^syntax\.ts could not be loaded:\n\n.*syntax\.ts:1\nconst a: = 1;/],
      ["missing.ts", 'import "./gone.ts";\n', /could not be loaded:\n\n.*Cannot find module '.*gone\.ts'/],
    ] as const;
    const project = createProject(Object.fromEntries(cases));
    const runs = await Promise.all(cases.map(([name]) => project.run(["routes", name])));
    for (const [index, { code, out, error }] of runs.entries()) {
      assert.match(error, cases[index]?.[2] ?? /^$/);
      assert.doesNotMatch(error, /node:internal/);
      assert.deepEqual([code, out], [1, ""]);
    }
  });

  test("is the first usual file, or the one that is named", async () => {
    const one = (path: string): string => `${app}const it = new App();\nit.get("${path}", () => 1);\n`;
    const project = createProject({
      "app.ts": `${one("/outer")}export { it as app };\n`,
      "src/main.ts": `${one("/main")}export default it;\nexport const app = new App();\n`,
      "other.ts": `${one("/other")}export const same = it;\nexport { it };\n`,
      "self.ts": `${one("/self")}await it.listen({ port: 1 });\n`,
    });
    const lists = await Promise.all(
      [[], ["app.ts"], ["other.ts"], ["self.ts"]].map((words) => project.run(["routes", ...words])),
    );
    for (const [index, path] of ["/main", "/outer", "/other", "/self"].entries()) {
      assert.match(lists[index]?.out ?? "", new RegExp(`^GET +${path} `, "m"), lists[index]?.error);
    }
  });
});

describe("apus routes and apus openapi", () => {
  const project = createProject({
    ".env": "TITLE=From the environment\n",
    "app.ts": [
      'import { App } from "apus";',
      'console.log("a module that talks");',
      'export const app = new App({ title: process.env["TITLE"] ?? "" });',
      'app.lifespan(async function* () { throw new Error("must not start"); });',
      'app.get("/items/{id:int}", { tags: ["items"], operationId: "readItem" }, ({ path }) => path.id);',
      'app.delete("/items/{id:int}", { hidden: true }, function removeItem() {});',
      "const admin = new App();",
      'admin.get("/users", () => []);',
      'app.mount("/admin", admin);',
      "setInterval(() => {}, 1_000);",
      "",
    ].join("\n"),
  });

  test("list the routes", async () => {
    const { code, out, error } = await project.run(["routes"]);
    assert.equal(code, 0, error);
    const rows = out.split("\n").map((line) => line.split(/ {2,}/));
    assert.deepEqual(rows, [
      ["METHOD", "PATH", "OPERATION", "TAGS", "DECLARED AT"],
      ["GET", "/items/{id:int}", "readItem", "items", "app.ts:5"],
      ["DELETE", "/items/{id:int}", "removeItem", "app.ts:6"],
      ["GET", "/admin/users", "getUsers", "app.ts:8"],
      [""],
    ]);
    assert.match(error, /^a module that talks\n/);
  });

  test("list them as JSON", async () => {
    const { out } = await project.run(["routes", "app.ts", "--json"]);
    const [first] = JSON.parse(out) as readonly Record<string, unknown>[];
    const expected = { method: "GET", path: "/items/{id:int}", operationId: "readItem", handler: "", tags: ["items"] };
    assert.deepEqual(first, {
      ...expected,
      deprecated: false,
      hidden: false,
      declaredAt: join(project.folder, "app.ts:5"),
    });
  });

  test("print the document, or write it", async () => {
    const [printed, written] = await Promise.all([
      project.run(["openapi"]),
      project.run(["openapi", "--out", "made/api.json"]),
    ]);
    const document = JSON.parse(printed.out) as { info: unknown; paths: object };
    assert.deepEqual(document.info, { title: "From the environment", version: "0.1.0" });
    assert.deepEqual(Object.keys(document.paths), ["/items/{id}"]);
    assert.equal(written.out, "");
    assert.match(written.error, /Wrote made.api\.json/);
    assert.equal(readFileSync(join(project.folder, "made/api.json"), "utf8"), printed.out);
  });
});

describe("apus dev", () => {
  test("restarts after every kind of change, keeps an error on screen, and recovers", async () => {
    const project = smallProject();
    const command = project.start(["dev", "--port", "0"], { NODE_COMPILE_CACHE: "" });
    assert.deepEqual(
      { ...(await readNext(command)), pid: 0 },
      { text: "first", part: "part one", mode: "development", pid: 0 },
    );

    project.write("app.ts", appFile("written"));
    assert.equal((await readNext(command)).text, "written");
    for (const text of ["moved once", "moved twice"]) {
      project.replace("app.ts", appFile(text));
      assert.equal((await readNext(command)).text, text);
    }
    for (const text of ["part two", "part three"]) {
      project.replace("lib/part.ts", partFile(text));
      assert.equal((await readNext(command)).part, text);
    }
    project.write("app.ts", "const broken: = 1;\n");
    await command.next(/SyntaxError/);
    await command.next(/Waiting for a change/);
    project.write("app.ts", appFile("mended"));
    assert.equal((await readNext(command)).text, "mended");

    command.child.kill("SIGINT");
    assert.equal(await command.ended, 0);
    assert.ok(existsSync(join(project.folder, "node_modules/.cache/apus")));
  });

  test("follows files that come and go, and .env", async () => {
    const project = smallProject();
    project.write(".env", "PORT=0\n");
    const command = project.start(["dev", "app.ts"]);
    await readNext(command);

    rmSync(join(project.folder, "lib"), { recursive: true });
    await command.next(/Waiting for a change/);
    mkdirSync(join(project.folder, "lib"));
    project.write("lib/part.ts", partFile("made anew"));
    assert.equal((await readNext(command)).part, "made anew");
    project.replace("lib/part.ts", partFile("and changed"));
    assert.equal((await readNext(command)).part, "and changed");
    project.write(".env", "PORT=0\nNODE_ENV=staging\n");
    assert.equal((await readNext(command)).mode, "staging");
  });

  test("ends an app that does not stop, and leaves no process behind", async () => {
    const project = smallProject();
    const stubborn =
      'process.on("SIGTERM", () => {});\nsetInterval(() => {}, 1_000);\nprocess.exit = (() => {}) as never;\n';
    project.write("app.ts", appFile("stubborn") + stubborn);
    const command = project.start(["dev", "--port", "0"]);
    const { pid } = await readNext(command);
    project.write("app.ts", appFile("gentle"));
    const next = await readNext(command);
    assert.equal(next.text, "gentle");
    assert.ok(!isRunning(pid));
    command.child.kill("SIGKILL");
    await command.ended;
    for (let tries = 0; isRunning(next.pid) && tries < 500; tries += 1) await sleep(10);
    assert.ok(!isRunning(next.pid));
  });
});

describe("an app that listens by itself", () => {
  const project = smallProject();
  project.write("waits.ts", `${appFile("own")}await app.listen({ port: 1 });\n`);
  project.write("late.ts", `${appFile("own")}setTimeout(() => app.listen({ port: 1 }), 50);\n`);

  test("is started once, with the flags", async () => {
    for (const name of ["dev", "start"]) {
      const command = project.start([name, "waits.ts", "--port", "0", "--host", "127.0.0.1"]);
      assert.equal((await readNext(command)).text, "own");
      await command.next(/waits\.ts calls app\.listen\(\) itself/);
      command.child.kill("SIGTERM");
      assert.equal(await command.ended, 0, command.output());
    }
  });

  test("is started once, when it does so later", async () => {
    const command = project.start(["start", "late.ts", "--port", "0", "--host", "127.0.0.1"]);
    const url = await command.next(listening);
    await sleep(200);
    assert.equal((await read(`${url}/`)).text, "own");
    command.child.kill("SIGTERM");
    assert.equal(await command.ended, 0, command.output());
  });
});

describe("apus start", () => {
  test("serves for production, and stops gracefully", async () => {
    const command = smallProject().start(["start"], { PORT: "0", HOST: "127.0.0.1" });
    assert.equal((await readNext(command)).mode, "production");
    command.child.kill("SIGTERM");
    assert.equal(await command.ended, 0);
  });

  test("says which port is taken", async () => {
    const project = smallProject();
    const first = project.start(["start", "--port", "0", "--host", "127.0.0.1"]);
    const { port } = new URL(await first.next(listening));
    const { code, error } = await project.run(["start", "--port", port, "--host", "127.0.0.1"]);
    assert.equal(code, 1);
    assert.match(error, new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is in use`));
  });
});

describe("apus start --workers", () => {
  const words = ["start", "--workers", "2", "--port", "0", "--host", "127.0.0.1"];
  const ready = /Ready: 2 workers on (http:[^"\s]+)/;

  async function readWorkers(url: string): Promise<ReadonlySet<number>> {
    const answers = await Promise.all(Array.from({ length: 12 }, () => read(`${url}/`)));
    return new Set(answers.map(({ pid }) => pid));
  }

  test("brings back a worker that was killed, replaces all without losing a request, stops all", async () => {
    const command = smallProject().start(words);
    const url = await command.next(ready);
    const before = await readWorkers(url);
    assert.equal(before.size, 2);
    const [victim = 0] = before;
    process.kill(victim, "SIGKILL");
    await command.next(new RegExp(`Worker ${victim} has ended \\(SIGKILL\\)`));
    await command.next(/has taken its place/);
    const now = await readWorkers(url);
    assert.equal(now.size, 2);
    assert.ok(!now.has(victim));

    const load = createLoad(`${url}/`);
    for (let round = 0; round < 2; round += 1) {
      await sleep(100);
      command.child.kill("SIGHUP");
      await command.next(/Replaced: 2 workers/);
    }
    const { answered, failures } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(answered > 50);
    const after = await readWorkers(url);
    assert.equal(after.size, 2);
    assert.equal([...now].filter((pid) => after.has(pid)).length, 0);

    command.child.kill("SIGTERM");
    assert.equal(await command.ended, 0, command.output());
    for (const pid of [...before, ...now, ...after]) assert.ok(!isRunning(pid));
    await assert.rejects(read(`${url}/`), { code: "ECONNREFUSED" });
  });

  test("goes on with the old workers when new ones cannot start", async () => {
    const project = smallProject();
    const command = project.start(words);
    const url = await command.next(ready);
    project.write("lib/part.ts", "throw new Error('not now');\n");
    command.child.kill("SIGHUP");
    await command.next(/the old ones go on serving/);
    assert.equal((await readWorkers(url)).size, 2);
    command.child.kill("SIGINT");
    assert.equal(await command.ended, 0, command.output());
  });

  test("ends with 1 when no worker can start, and at once at a second signal", async () => {
    const project = smallProject();
    project.write(
      "slow.ts",
      `${appFile("slow")}app.lifespan(async function* () { yield; await new Promise(() => setInterval(() => {}, 1_000)); });\n`,
    );
    project.write("broken.ts", "throw new Error('never');\n");
    const broken = project.start([...words, "broken.ts"]);
    assert.equal(await broken.ended, 1);
    assert.match(broken.output(), /Error: never/);

    const slow = project.start([...words, "slow.ts"]);
    const workers = await readWorkers(await slow.next(ready));
    slow.child.kill("SIGTERM");
    await slow.next(/Stopping/);
    slow.child.kill("SIGTERM");
    assert.equal(await slow.ended, 143);
    for (let tries = 0; [...workers].some(isRunning) && tries < 500; tries += 1) await sleep(10);
    assert.ok(![...workers].some(isRunning));
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Asks without pause over kept connections and over new ones, and counts what comes back. */
function createLoad(url: string): { stop(): Promise<{ readonly answered: number; readonly failures: string[] }> } {
  const failures: string[] = [];
  let answered = 0;
  const over = new AbortController();
  const agents = Array.from(
    { length: 4 },
    (_, index) => index % 2 === 0 && new Agent({ keepAlive: true, maxSockets: 1 }),
  );
  const loops = agents.map(async (agent) => {
    while (!over.signal.aborted) {
      try {
        await read(url, agent);
        answered += 1;
        await sleep(1);
      } catch (error) {
        failures.push(String(error));
      }
    }
    if (agent !== false) agent.destroy();
  });
  return {
    async stop() {
      over.abort();
      await Promise.all(loops);
      return { answered, failures };
    },
  };
}
