/** Attacks on multipart forms and uploads, each named after the advisory or fix that taught it. */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App, type RunningServer } from "apus";
import type { TestClient } from "apus/testing";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { upload, uploads } from "../../src/multipart/upload-field.ts";
import { onEveryEdge, type Edge } from "../journey/edges.ts";
import {
  assertNoFolders,
  boundary,
  encodeForm,
  encodePartHead,
  formEnd,
  listUploadFolders,
  multipartType,
  type SentPart,
} from "../journey/multipart-form.ts";
import { exchange, RawConnection } from "../journey/raw-connection.ts";

const mebibyte = 1_048_576;
const folder = mkdtempSync(join(tmpdir(), "attacks-multipart-"));
after(() => rmSync(folder, { recursive: true }));

/** What handlers that ran were given; take out what is meant to be there. */
let runs: unknown[] = [];
let records: LogRecord[] = [];

function buildTarget(): App {
  runs = [];
  records = [];
  const app = new App({ log: createLogger((record) => records.push(record), "debug"), docs: false });
  app.get("/alive", () => "alive");
  app.post(
    "/form",
    { form: z.looseObject({ name: z.string().optional() }), files: { file: uploads({ maxBytes: 20 * mebibyte }) } },
    async ({ form, files }) => {
      const names: string[] = [];
      for (const file of files.file) {
        await file.saveTo(join(folder, file.name), { overwrite: true });
        names.push(file.name);
      }
      runs.push({ form, names });
    },
  );
  app.post("/text", { form: z.looseObject({}) }, ({ form }) => void runs.push(form));
  app.post("/stream", { files: { file: upload({ stream: true, maxBytes: 20 * mebibyte }) } }, async ({ files }) => {
    for await (const _ of files.file.stream());
    runs.push("streamed");
  });
  return app;
}

interface Attacked {
  readonly client: TestClient<Record<never, never>>;
  readonly edge: Edge;
  readonly send: (path: string, body: Uint8Array<ArrayBuffer> | string, type?: string) => Promise<number>;
}

/** At every edge: no handler may have run but those taken out of `runs`, no error is logged, no file is left, and the app answers. */
function attack(title: string, run: (attacked: Attacked) => Promise<void>): void {
  onEveryEdge(title, buildTarget, async (client, edge) => {
    const send: Attacked["send"] = async (path, body, type = multipartType) => {
      const bytes = typeof body === "string" ? Buffer.from(body, "latin1") : body;
      const answer = await client.fetch(path, { method: "POST", body: bytes, headers: { "content-type": type } });
      await answer.text();
      return answer.status;
    };
    await run({ client, edge, send });
    assert.deepEqual(runs, [], "a handler ran that must not");
    assert.deepEqual(
      records.filter(({ level }) => level === "error"),
      [],
    );
    await assertNoFolders();
    assert.equal((await client.fetch("/alive")).status, 200);
  });
}

const part = (lines: string, content = ""): string => `--${boundary}\r\n${lines}\r\n\r\n${content}`;
const named = 'Content-Disposition: form-data; name="file"; filename="f"';
const file = (content: SentPart["content"], fileName = "f"): SentPart => ({ name: "file", content, fileName });

attack(
  "99, 100, 102 CVE-2022-24434: malformed and truncated forms are a 400, and nothing is thrown out of band",
  async ({ send }) => {
    const bodies = [
      "",
      "x",
      `--${boundary}`,
      `--${boundary}\r\n`,
      part("Content-Disposition"),
      part("Content-Disposition: form-data"),
      part(" Content-Disposition: form-data; name=a"),
      part("Content-Disposition: form-data; name=a\r\n b: c"),
      part('Content-Disposition: form-data; name="a'),
      part("\0: x"),
      part(":"),
      part(""),
      part(named),
      part(named, "\r\n--"),
      part(named, `\r\n--${boundary}-`),
      part(named, `\r\n--${boundary}x--`),
      part(named, formEnd).replaceAll("\r\n", "\n"),
    ];
    for (const path of ["/form", "/text", "/stream"]) {
      for (const body of bodies) {
        const status = await send(path, body);
        assert.ok(
          status === 400 || (body === "" && (status === 422 || status === 204)) || status === 422,
          `${path} ${body}: ${status}`,
        );
        runs.splice(0);
      }
    }
  },
);

attack("101 CVE-2025-48997: an empty field name is a 400", async ({ send }) => {
  for (const disposition of ['form-data; name=""', "form-data; name=", 'form-data; filename="x"', "form-data; name"]) {
    assert.equal(await send("/form", part(`Content-Disposition: ${disposition}`, `x${formEnd}`)), 400, disposition);
  }
});

attack(
  "103, 105, 109 CVE-2025-47935: a client that leaves in the middle of its upload leaves nothing open",
  async ({ client, edge }) => {
    if (edge === "process") return;
    for (const path of ["/form", "/stream"]) {
      for (let round = 0; round < 5; round += 1) {
        await using connection = await RawConnection.open(client.baseUrl);
        await connection.send(
          `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\nContent-Length: ${10 * mebibyte}\r\n\r\n${part(named)}`,
        );
        await connection.send(Buffer.alloc(mebibyte));
        const expected = path === "/form" ? 1 : 0;
        for (let tries = 0; tries < 100 && listUploadFolders().length < expected; tries += 1) await sleep(10);
        connection.reset();
      }
    }
    await assertNoFolders();
  },
);

attack("104 CVE-2026-3304: what is still being looked at when the client leaves makes no file afterwards", async () => {
  let release: (free: boolean) => void = () => {};
  const waiting = new Promise<boolean>((resolve) => (release = resolve));
  let asked: () => void = () => {};
  const began = new Promise<void>((resolve) => (asked = resolve));
  const isFree = (): Promise<boolean> => {
    asked();
    return waiting;
  };
  const app = new App({ log: false, docs: false });
  app.post("/", { form: z.object({ name: z.string().refine(isFree) }), files: { file: upload() } }, () =>
    runs.push("ran"),
  );
  const server: RunningServer = await app.listen({ port: 0, signals: false, idleGrace: 0 });
  await using connection = await RawConnection.open(server.url);
  await connection.send(
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\nContent-Length: 900000\r\n\r\n${encodePartHead({ name: "name" })}x\r\n${part(named)}`,
  );
  await connection.send(Buffer.alloc(200_000));
  await began;
  connection.reset();
  await sleep(50);
  release(true);
  await server.stop();
  await assertNoFolders();
});

attack(
  "90, 91, 107 CVE-2026-5079: names of fields are flat, whatever brackets and dots they have",
  async ({ send }) => {
    const names = [
      `a${"[0]".repeat(2_000)}`,
      "a.b.c",
      "__proto__[x]",
      "__proto__.x",
      "constructor.prototype.x",
      "__proto__",
      "constructor",
      "prototype",
    ];
    const body = encodeForm(names.map((name) => ({ name, content: "1" })));
    for (const path of ["/text", "/form"]) {
      assert.equal(await send(path, body), 204);
      const [given] = runs.splice(0) as [Record<string, unknown>];
      const form = path === "/text" ? given : (given["form"] as Record<string, unknown>);
      assert.deepEqual(Object.keys(form), names.slice(0, 5));
      assert.equal(Object.getPrototypeOf(form), Object.prototype);
    }
    assert.equal(({} as Record<string, unknown>)["x"], undefined);
    const json = encodeForm(
      names.map((name) => ({ name, content: '{"y":1}', lines: ["Content-Type: application/json"] })),
    );
    assert.equal(await send("/text", json), 204);
    assert.deepEqual(Object.keys(runs.splice(0)[0] as object), names.slice(0, 5));
    const inside = { name: "a", content: '{"__proto__":{"x":1}}', lines: ["Content-Type: application/json"] };
    assert.equal(await send("/text", encodeForm([inside])), 400);
  },
);

attack("108, 110, 113 CVE-2023-25576: parts, texts and files are limited, in both kinds of forms", async ({ send }) => {
  const many = (count: number, one: SentPart): Buffer<ArrayBuffer> =>
    encodeForm(Array.from({ length: count }, () => one));
  assert.equal(await send("/text", many(1_000, { name: "a", content: "" })), 204);
  runs.splice(0);
  assert.equal(await send("/text", many(1_001, { name: "a", content: "" })), 413);
  assert.equal(await send("/form", many(11, file("x"))), 413);
  assert.equal(await send("/form", many(1_001, { name: "a", content: "" })), 413);
  assert.equal(await send("/text", "a=1&".repeat(1_001), "application/x-www-form-urlencoded"), 413);
});

attack(
  "111 CVE-2024-47874: a field without a file name is held to the size of texts, where files may be large",
  async ({ send }) => {
    assert.equal(await send("/form", encodeForm([{ name: "name", content: Buffer.alloc(2 * mebibyte, "x") }])), 413);
    const pieces = Array.from({ length: 30 }, () => ({ name: "name", content: Buffer.alloc(50_000, "x") }));
    assert.equal(await send("/form", encodeForm(pieces)), 413);
  },
);

attack("112 CVE-2025-54121: the loop turns while a large file is received and kept", async ({ send }) => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  assert.equal(await send("/form", encodeForm([file(Buffer.alloc(15 * mebibyte))])), 204);
  clearInterval(timer);
  assert.ok(turns > 5, `${turns} turns`);
  runs.splice(0);
});

attack("115 CVE-2024-53981, 118: what stands behind the last boundary is passed over", async ({ send }) => {
  const form = encodeForm([{ name: "name", content: "x" }]);
  for (const rest of ["\r\n".repeat(200_000), `\r\n--${boundary}\r\n`.repeat(5_000), "x".repeat(400_000)]) {
    assert.equal(await send("/text", Buffer.concat([form, Buffer.from(rest)])), 204);
    assert.deepEqual(runs.splice(0), [{ name: "x" }]);
  }
});

attack(
  "115, 117, 121 CVE-2023-46136: line breaks and half boundaries take the time of any other bytes",
  async ({ send }) => {
    const size = 2 * mebibyte;
    const measure = async (filler: string): Promise<number> => {
      const content = Buffer.alloc(size, filler, "latin1");
      const form = encodeForm([file(content)]);
      const before = process.cpuUsage();
      assert.equal(await send("/stream", Buffer.concat([content, Buffer.from("\r\n"), form])), 204);
      assert.equal(await send("/stream", form), 204);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await measure("x");
    const plain = Math.max(await measure("x"), 20_000);
    for (const filler of [
      "\r\n",
      "\r",
      "\r\n--",
      `\r\n--${boundary.slice(0, -1)}`,
      `\n--${boundary}`,
      "-",
      boundary.slice(0, 5),
    ]) {
      const time = await measure(filler);
      assert.ok(time < 30 * plain, `${JSON.stringify(filler)}: ${time} µs, ${plain} µs for others`);
    }
    runs.splice(0);
  },
);

attack("116 CVE-2026-24486: a file's name is never a path", async ({ send }) => {
  const names = [
    "/etc/x",
    "../../x",
    String.raw`..\..\x`,
    String.raw`C:\x`,
    "a/../../x",
    "x\0.png",
    "..",
    ".",
    "",
    ".htaccess",
    "CON",
  ];
  for (const name of names) {
    assert.equal(await send("/form", encodeForm([file("x", name)])), name.includes("\0") ? 400 : 204, name);
  }
  const seen = (runs.splice(0) as { names: string[] }[]).flatMap((run) => run.names);
  assert.deepEqual(seen, ["x", "x", "x", "x", "x", "unnamed", "unnamed", "unnamed", "_.htaccess", "_CON"]);
  assert.deepEqual(
    readdirSync(folder).filter((name) => !seen.includes(name) && name !== "f"),
    [],
  );
  assert.ok(!existsSync(join(folder, "..", "x")));
});

attack("118 CVE-2026-42561: headers of a part are limited in number and size", async ({ send }) => {
  const lines = (count: number): string => Array.from({ length: count }, (_, at) => `\r\nX-${at}: y`).join("");
  assert.equal(await send("/form", part(`${named}${lines(99)}`, `x${formEnd}`)), 204);
  runs.splice(0);
  assert.equal(await send("/form", part(`${named}${lines(100)}`, `x${formEnd}`)), 413);
  assert.equal(await send("/form", part(`${named}\r\nX: ${"y".repeat(9_000)}`, `x${formEnd}`)), 413);
  assert.equal(await send("/form", part(`${named}\r\nX: ${"y".repeat(900_000)}`)), 413);
});

attack(
  "114, 119 CVE-2024-24762: a boundary has at most 70 characters, and one that is none is refused at once",
  async ({ send }) => {
    const form = (mark: string): string =>
      `--${mark}\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--${mark}--`;
    const longest = "b".repeat(70);
    assert.equal(await send("/text", form(longest), `multipart/form-data; boundary=${longest}`), 204);
    runs.splice(0);
    for (const mark of ["b".repeat(71), "b".repeat(5_000), '"b "', '""', '"a\\"b"', "a%b", '"ä"', "a*b", '"a{b}"']) {
      assert.equal(await send("/text", form(mark), `multipart/form-data; boundary=${mark}`), 400, mark);
    }
    for (const type of [
      "multipart/form-data; boundary=a; boundary=b",
      `multipart/form-data; ${"=".repeat(3_000)}`,
      `multipart/form-data; boundary="${"\\".repeat(3_001)}`,
    ]) {
      assert.equal(await send("/text", form("a"), type), 415, type.slice(0, 60));
    }
    assert.equal(await send("/text", form("a"), "multipart/form-data"), 400);
  },
);

test("120 a length below zero is refused before the form is looked at", async () => {
  const app = buildTarget();
  for (const engine of ["net", "node"] as const) {
    const server = await app.listen({ port: 0, signals: false, idleGrace: 0, engine });
    const head = `POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\nContent-Length: -1\r\n\r\n`;
    assert.equal((await exchange(server.url, `${head}${part(named, formEnd)}`)).status, 400);
    await server.stop();
  }
  assert.deepEqual(runs, []);
});
