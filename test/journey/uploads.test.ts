/** Uploads at every edge: what handlers get, what is refused and how, and that no file outlives its request. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App, dependency, fail } from "apus";
import { testClient } from "apus/testing";
import { z } from "zod";
import { upload, uploads } from "../../src/multipart/upload-field.ts";
import { onEveryEdge } from "./edges.ts";
import {
  assertNoFolders,
  encodeForm,
  encodePartHead,
  formEnd,
  listUploadFolders,
  multipartType,
} from "./multipart-form.ts";
import { RawConnection } from "./raw-connection.ts";
import { places, refuse } from "./refusal.ts";

const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(100)]);
const large = Buffer.alloc(300_000, "0123456789");

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "uploads-test-"));
});
after(() => rm(folder, { recursive: true }));

const Photo = z.object({
  title: z.string().min(2),
  width: z.int().optional(),
  tags: z.array(z.string()).default([]),
  meta: z.object({ camera: z.string() }).optional(),
});

const app = new App({ log: false });

export const postPhoto = app.post(
  "/photos",
  {
    query: z.object({ album: z.int().optional() }),
    form: Photo,
    files: { image: upload({ types: ["image/png"], maxBytes: 500_000 }), more: uploads({ maxCount: 2 }) },
  },
  async ({ form, files }) => ({
    form,
    image: { ...files.image, bytes: (await files.image.bytes()).length },
    more: await Promise.all(files.more.map(async (file) => [file.name, file.size, (await file.text()).slice(0, 5)])),
    folders: listUploadFolders().length,
  }),
);

export const postVideo = app.post(
  "/videos",
  { form: z.object({ title: z.string() }), files: { video: upload({ stream: true, maxBytes: 1_000_000 }) } },
  async ({ form, files }) => {
    let size = 0;
    for await (const bytes of files.video.stream()) size += bytes.length;
    return { title: form.title, size };
  },
);

let saved = 0;
export const keep = app.post("/kept", { files: { file: upload() } }, async ({ files, background }) => {
  saved += 1;
  const path = join(folder, `${saved}-${files.file.name}`);
  await files.file.saveTo(path);
  let later = 0;
  background(async () => {
    later = (await files.file.bytes()).length;
    kept.set(path, later);
  });
  return { path };
});
const kept = new Map<string, number>();

app.post("/fails", { files: { file: upload() } }, ({ files }) => fail(409, `${files.file.size} bytes for nothing`));
app.post("/text", { form: Photo }, ({ form }) => form);

type Api = { readonly postPhoto: typeof postPhoto; readonly postVideo: typeof postVideo; readonly keep: typeof keep };

const build = (): App => app;
const post = (body: Uint8Array<ArrayBuffer>, type = multipartType): RequestInit => ({
  method: "POST",
  body,
  headers: { "content-type": type },
});

onEveryEdge<Api>("the typed client sends fields and files, and the handler gets both", build, async (client) => {
  const answer = await client.post("/photos", {
    form: { title: "Möwe", width: 5, tags: ["a", "b"], meta: { camera: "x" } },
    files: { image: new File([png], "möwe.png"), more: [new File([large], "large.txt"), new Blob(["small"])] },
  });
  assert.deepEqual(answer, {
    form: { title: "Möwe", width: 5, tags: ["a", "b"], meta: { camera: "x" } },
    image: { name: "möwe.png", type: "application/octet-stream", detectedType: "image/png", size: 108, bytes: 108 },
    more: [
      ["large.txt", 300_000, "01234"],
      ["blob", 5, "small"],
    ],
    folders: 1,
  });
  await assertNoFolders();
  const least = await client.post("/photos", { form: { title: "ab" }, files: { image: new Blob([png]) } });
  assert.deepEqual([least.form, least.more, least.folders], [{ title: "ab", tags: [] }, [], 0]);
  const video = await client.post("/videos", { form: { title: "t" }, files: { video: new Blob([large]) } });
  assert.deepEqual(video, { title: "t", size: 300_000 });
});

onEveryEdge<Api>(
  "what is saved stays, the upload itself goes; background tasks still have it",
  build,
  async (client) => {
    for (const content of ["small", large]) {
      const { path } = await client.post("/kept", { files: { file: new File([content], "../x.txt") } });
      assert.ok(path.endsWith("-x.txt"));
      assert.ok((await readFile(path)).equals(Buffer.from(content)));
      await assertNoFolders();
      for (let tries = 0; tries < 100 && !kept.has(path); tries += 1) await sleep(10);
      assert.equal(kept.get(path), content.length);
    }
  },
);

onEveryEdge<Api>("an error of the handler leaves no file", build, async (client) => {
  const body = encodeForm([{ name: "file", content: large, fileName: "x" }]);
  const answer = await client.fetch("/fails", post(body));
  assert.deepEqual(
    [answer.status, ((await answer.json()) as { detail: string }).detail],
    [409, "300000 bytes for nothing"],
  );
  await assertNoFolders();
});

onEveryEdge<Api>("every issue of every place comes at once", build, async (client) => {
  const body = encodeForm([
    { name: "title", content: "x" },
    { name: "width", content: "wide" },
  ]);
  const { issues } = await refuse(client.fetch("/photos?album=x", post(body)));
  assert.deepEqual(places(issues), ["form /image", "form /title", "form /width", "query /album"]);
  const { issues: all } = await refuse(client.fetch("/photos", { method: "POST" }));
  assert.deepEqual(places(all), ["form /image", "form /title"]);
});

onEveryEdge<Api>("a refused field ends the form before a file is received", build, async (client, edge) => {
  const fields = [
    { name: "title", content: "x" },
    { name: "image", content: large, fileName: "x" },
  ];
  const { issues } = await refuse(client.fetch("/photos?album=x", post(encodeForm(fields))));
  assert.deepEqual(places(issues), ["form /title", "query /album"]);
  if (edge === "process") return;
  // The file never comes, and the answer does.
  await using connection = await RawConnection.open(client.baseUrl);
  const begun = `${encodePartHead({ name: "title" })}x\r\n${encodePartHead({ name: "image", fileName: "x" })}`;
  await connection.send(
    `POST /photos HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\nContent-Length: 400000\r\n\r\n${begun}`,
  );
  assert.equal((await connection.answer()).status, 422);
});

onEveryEdge<Api>("fields may also come behind files", build, async (client) => {
  const late = encodeForm([
    { name: "image", content: png, fileName: "x" },
    { name: "title", content: "late" },
  ]);
  assert.equal((await client.fetch("/photos", post(late))).status, 200);
  const bad = encodeForm([
    { name: "image", content: png, fileName: "x" },
    { name: "title", content: "x" },
  ]);
  assert.deepEqual(places((await refuse(client.fetch("/photos", post(bad)))).issues), ["form /title"]);
});

const refusals: readonly (readonly [
  title: string,
  status: number,
  member: object,
  path: string,
  body: Uint8Array<ArrayBuffer>,
  type?: string,
])[] = [
  [
    "a file of another type",
    415,
    { in: "form", pointer: "/image", code: "file-type" },
    "/photos",
    encodeForm([{ name: "image", content: "GIF89a", fileName: "a.png", lines: ["Content-Type: image/png"] }]),
  ],
  [
    "a file that is too large",
    413,
    { in: "form", pointer: "/image", code: "file-too-large", limit: 500_000 },
    "/photos",
    encodeForm([{ name: "image", content: Buffer.concat([png, Buffer.alloc(500_000)]), fileName: "a" }]),
  ],
  [
    "too many files",
    413,
    { in: "form", pointer: "/more", code: "too-many-files", limit: 2 },
    "/photos",
    encodeForm(Array.from({ length: 3 }, () => ({ name: "more", content: "x", fileName: "x" }))),
  ],
  [
    "a streamed file that is too large",
    413,
    { in: "form", pointer: "/video", code: "file-too-large" },
    "/videos",
    encodeForm([
      { name: "title", content: "x" },
      { name: "video", content: Buffer.alloc(1_000_001), fileName: "x" },
    ]),
  ],
  [
    "a streamed form that is cut short",
    400,
    { code: "form-syntax" },
    "/videos",
    encodeForm([
      { name: "title", content: "x" },
      { name: "video", content: large, fileName: "x" },
    ]).subarray(0, 250_000),
  ],
  [
    "a JSON part that is none",
    400,
    { in: "form", pointer: "/meta", code: "json-syntax" },
    "/text",
    encodeForm([{ name: "meta", content: "{", lines: ["Content-Type: application/json"] }]),
  ],
  ["no boundary", 400, { code: "form-boundary" }, "/photos", encodeForm([]), "multipart/form-data"],
  [
    "urlencoded where there are files",
    415,
    {},
    "/photos",
    Buffer.from("title=xy"),
    "application/x-www-form-urlencoded",
  ],
  ["another multipart", 415, {}, "/photos", encodeForm([]), multipartType.replace("form-data", "mixed")],
];

for (const [title, status, member, path, body, type] of refusals) {
  onEveryEdge<Api>(`${title} is a ${status}`, build, async (client) => {
    const answer = await client.fetch(path, post(body, type));
    const problem = (await answer.json()) as Record<string, unknown>;
    assert.equal(answer.status, status, JSON.stringify(problem));
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.deepEqual(Object.fromEntries(Object.keys(member).map((key) => [key, problem[key]])), member);
    await assertNoFolders();
  });
}

onEveryEdge<Api>("a form without files may be urlencoded or multipart", build, async (client) => {
  const expected = { title: "né", width: 5, tags: ["a", "b"] };
  const texts = { title: "né", width: "5", tags: ["a", "b"] };
  const pairs = Object.entries(texts).flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const));
  const query = new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value]));
  const form = new FormData();
  for (const [name, value] of pairs) form.append(name, value);
  for (const body of [query, form]) {
    const answer = await client.fetch("/text", { method: "POST", body });
    assert.deepEqual([answer.status, await answer.json()], [200, expected]);
  }
  form.append("meta", '{"camera":"y"}');
  const withText = await client.fetch("/text", { method: "POST", body: form });
  assert.deepEqual(await withText.json(), { ...expected, meta: { camera: "y" } }, "an object's text is JSON");
  form.append("meta", new Blob(['{"camera":"y"}'], { type: "application/json" }));
  const twice = await refuse(client.fetch("/text", { method: "POST", body: form }));
  assert.deepEqual(places(twice.issues), ["form /meta"]);
  form.delete("meta");
  form.append("file", new Blob(["x"]));
  const { issues } = await refuse(client.fetch("/text", { method: "POST", body: form }));
  assert.deepEqual(
    issues.map(({ code }) => code),
    ["unexpected_file"],
  );
  const type = { "content-type": "text/plain" };
  const other = await client.fetch("/text", { method: "POST", body: "x", headers: type });
  assert.deepEqual(
    [other.status, other.headers.get("accept")],
    [415, "application/x-www-form-urlencoded, multipart/form-data"],
  );
});

onEveryEdge<Api>("the connection goes on behind an upload", build, async (client, edge) => {
  if (edge === "process") return;
  await using connection = await RawConnection.open(client.baseUrl);
  const body = encodeForm([
    { name: "title", content: "x" },
    { name: "video", content: large, fileName: "x" },
  ]);
  const head = `POST /videos HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\n`;
  for (let round = 0; round < 2; round += 1) {
    await connection.send(`${head}Content-Length: ${body.length}\r\n\r\n`);
    await connection.send(body);
    assert.deepEqual(JSON.parse((await connection.answer()).text), { title: "x", size: 300_000 });
    await connection.send(`${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`);
    await connection.send(body);
    await connection.send("\r\n0\r\n\r\n");
    assert.deepEqual(JSON.parse((await connection.answer()).text), { title: "x", size: 300_000 });
  }
});

test("the handler of a streamed file runs while the file arrives", async () => {
  const seen: string[] = [];
  const live = new App({ log: false });
  live.post(
    "/",
    { form: z.object({ n: z.int() }), files: { file: upload({ stream: true }) } },
    async ({ form, files }) => {
      seen.push(`starts ${form.n}`);
      for await (const bytes of files.file.stream()) seen.push(Buffer.from(bytes).toString());
      return { done: true };
    },
  );
  for (const engine of ["net", "node"] as const) {
    await using client = await testClient(live, { socket: engine });
    await using connection = await RawConnection.open(client.baseUrl);
    await connection.send(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const send = (text: string): Promise<void> =>
      connection.send(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
    await send(
      `${encodePartHead({ name: "n" })}7\r\n${encodePartHead({ name: "file", fileName: "f" })}${"a".repeat(64)}`,
    );
    const until = async (text: string): Promise<void> => {
      for (let tries = 0; tries < 200 && !seen.includes(text); tries += 1) await sleep(10);
      assert.ok(seen.includes(text), `${text} in ${seen.join()}`);
    };
    await until("a".repeat(64));
    await send("second");
    await until("second");
    await send(formEnd);
    await connection.send("0\r\n\r\n");
    assert.equal((await connection.answer()).status, 200);
    assert.deepEqual(seen.splice(0), ["starts 7", "a".repeat(64), "second"]);
  }
});

test("a client that leaves in the middle of its upload: no handler, no file, no error in the log", async () => {
  for (const engine of ["net", "node"] as const) {
    await using client = await testClient(app, { socket: engine });
    for (const [path, name] of [
      ["/kept", "file"],
      ["/videos", "video"],
    ] as const) {
      for (const way of ["reset", "finish"] as const) {
        await using connection = await RawConnection.open(client.baseUrl);
        await connection.send(
          `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\nContent-Length: 900000\r\n\r\n`,
        );
        await connection.send(`${encodePartHead({ name: "title" })}x\r\n${encodePartHead({ name, fileName: "f" })}`);
        await connection.send(large);
        const expected = path === "/kept" ? 1 : 0;
        for (let tries = 0; tries < 100 && listUploadFolders().length !== expected; tries += 1) await sleep(10);
        assert.equal(listUploadFolders().length, expected);
        connection[way]();
        await assertNoFolders();
      }
    }
  }
});

test("109 CVE-2025-24033: SIGTERM in the middle of an upload removes its file, although nobody can wait for the client", async () => {
  const place = await mkdtemp(join(folder, "sigterm-"));
  const code = `
    import { App } from "apus";
    const { upload } = await import(${JSON.stringify(import.meta.resolve("../../src/multipart/upload-field.ts"))});
    const app = new App({ log: false });
    app.post("/", { files: { file: upload() } }, () => undefined);
    const { url } = await app.listen({ port: 0, stopTimeout: 200, idleGrace: 0 });
    process.send(url);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    cwd: join(import.meta.dirname, "../.."),
    env: { ...process.env, TMPDIR: place, TEMP: place },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const [url] = (await once(child, "message")) as [string];
  await using connection = await RawConnection.open(url);
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\nContent-Length: 900000\r\n\r\n`;
  await connection.send(`${head}${encodePartHead({ name: "file", fileName: "f" })}`);
  await connection.send(large);
  for (let tries = 0; tries < 200 && readdirSync(place).length === 0; tries += 1) await sleep(10);
  assert.equal(readdirSync(place).length, 1);
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
  assert.deepEqual(readdirSync(place), []);
});

test("nobody who is refused has a file received", async () => {
  const guarded = new App({ log: false });
  const guard = dependency({ early: true, headers: z.object({ "x-key": z.string().optional() }) }, ({ headers }) =>
    headers["x-key"] === "good" ? undefined : fail(401, "no key"),
  );
  let ran = 0;
  guarded.post("/", { use: { guard }, files: { file: upload() } }, ({ files }) => {
    ran += 1;
    return { size: files.file.size };
  });
  await using client = await testClient(guarded, { socket: true });
  await using connection = await RawConnection.open(client.baseUrl);
  await connection.send(
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${multipartType}\r\nContent-Length: 900000\r\n\r\n${encodePartHead({ name: "file", fileName: "f" })}`,
  );
  assert.equal((await connection.answer()).status, 401);
  const body = encodeForm([{ name: "file", content: large, fileName: "f" }]);
  const answer = await client.fetch("/", {
    ...post(body),
    headers: { "content-type": multipartType, "x-key": "good" },
  });
  assert.deepEqual([await answer.json(), ran], [{ size: 300_000 }, 1]);
  await assertNoFolders();
});

test("an app that is mounted removes its files, too", async () => {
  const outer = new App({ log: false });
  outer.mount("/inner", app);
  await using client = await testClient(outer);
  const body = encodeForm([{ name: "file", content: large, fileName: "f" }]);
  assert.equal((await client.fetch("/inner/kept", post(body))).status, 200);
  await assertNoFolders();
});

test("the document has one object of fields and files", async () => {
  const { paths } = await app.openapi();
  assert.deepEqual(paths["/photos"]?.post?.requestBody, {
    required: true,
    content: {
      "multipart/form-data": {
        schema: {
          type: "object",
          properties: {
            title: { type: "string", minLength: 2 },
            width: { type: "integer" },
            tags: { default: [], type: "array", items: { type: "string" } },
            meta: { type: "object", properties: { camera: { type: "string" } }, required: ["camera"] },
            image: { type: "string", format: "binary", maxLength: 500_000 },
            more: { type: "array", items: { type: "string", format: "binary" }, maxItems: 2 },
          },
          required: ["title", "image"],
        },
        encoding: { image: { contentType: "image/png" } },
      },
    },
  });
  assert.ok(paths["/kept"]?.post?.responses["422"] !== undefined);
});
