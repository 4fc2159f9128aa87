/** The typed client tells how much of a body has been sent: at every edge, and in a real browser. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { test } from "node:test";
import { App, fail, jsonLinesBody, rawBody, streamBody, text, upload } from "apus";
import { ClientError, type UploadProgress } from "apus/client";
import { z } from "zod";
import { findChromium, openBrowser, openVisit } from "./docs-browser.ts";
import { onEveryEdge } from "./edges.ts";

function buildApp(): App {
  const app = new App({ log: false });
  app.get(
    "/page",
    () => new Response("<!doctype html><title>client</title>", { headers: { "content-type": "text/html" } }),
  );
  app.get("/source/{path:path}", async ({ path }) => {
    if (!/^(?:client\.ts|(?:client|errors)\/[a-z-]+\.ts)$/.test(path.path)) fail(404);
    const source = await readFile(new URL(`../../src/${path.path}`, import.meta.url), "utf8");
    return text(stripTypeScriptTypes(source), { headers: { "content-type": "text/javascript" } });
  });
  declare(app);
  return app;
}

const Row = z.object({ id: z.int() });

/** The operations, whose types the client is made of. */
function declare(app: App) {
  return {
    raw: app.post("/raw", { body: rawBody({ maxBytes: 2_000_000 }) }, ({ body }) => body.length),
    stream: app.post("/stream", { body: streamBody() }, async ({ body }) => {
      let size = 0;
      for await (const chunk of body) size += chunk.length;
      return size;
    }),
    lines: app.post("/lines", { body: jsonLinesBody(Row) }, async ({ body }) => {
      let sum = 0;
      for await (const { id } of body) sum += id;
      return sum;
    }),
    json: app.post("/json", { body: Row }, ({ body }) => body.id),
    form: app.post("/form", { form: z.object({ name: z.string() }) }, ({ form }) => form.name),
    photo: app.post(
      "/photos",
      {
        form: z.object({ title: z.string(), tags: z.array(z.string()) }),
        files: { image: upload({ maxBytes: 2_000_000 }) },
      },
      ({ form, files }) => [form.title, form.tags, files.image.name, files.image.size] as const,
    ),
  };
}

type Api = ReturnType<typeof declare>;

const large = new Uint8Array(1_000_000).fill(7);

/** What a call was told; it must grow, and end with what was sent. */
class Told {
  readonly all: UploadProgress[] = [];
  readonly listen = (progress: UploadProgress): void => void this.all.push(progress);

  assertWhole(total: number | undefined, sent = total): void {
    const sizes = this.all.map((progress) => progress.sent);
    assert.deepEqual(
      sizes,
      [...new Set(sizes)].toSorted((one, other) => one - other),
    );
    assert.equal(sizes.at(-1), sent);
    assert.ok(this.all.every((progress) => progress.total === total));
  }
}

onEveryEdge<Api>(
  "every kind of body is counted while it is sent, and arrives as it does uncounted",
  buildApp,
  async (client) => {
    const told = (): Told => new Told();
    const [bytes, blob, stream, lines, json, form, photo] = Array.from({ length: 7 }, told) as [
      Told,
      Told,
      Told,
      Told,
      Told,
      Told,
      Told,
    ];
    assert.equal(await client.post("/raw", { body: large, onUploadProgress: bytes.listen }), 1_000_000);
    bytes.assertWhole(1_000_000);
    assert.ok(bytes.all.length > 10);
    const image = new File([large], "möwe.png", { type: "image/png" });
    assert.equal(await client.post("/raw", { body: image, onUploadProgress: blob.listen }), 1_000_000);
    blob.assertWhole(1_000_000);
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      yield large.subarray(0, 10);
      yield large.subarray(0, 0);
      yield large.subarray(0, 20);
    };
    assert.equal(await client.post("/stream", { body: pieces(), onUploadProgress: stream.listen }), 30);
    stream.assertWhole(undefined, 30);
    const rows = { body: [{ id: 1 }, { id: 2 }], bodyFormat: "json-lines" } as const;
    assert.equal(await client.post("/lines", { ...rows, onUploadProgress: lines.listen }), 3);
    lines.assertWhole(undefined, 18);
    assert.equal(await client.post("/json", { body: { id: 5 }, onUploadProgress: json.listen }), 5);
    json.assertWhole(8);
    assert.equal(await client.post("/form", { form: { name: "ä b" }, onUploadProgress: form.listen }), "ä b");
    form.assertWhole(13);
    const sent = { form: { title: "Möwe\n1", tags: ["a", "b"] }, files: { image } };
    const answer = ["Möwe\r\n1", ["a", "b"], "möwe.png", 1_000_000];
    assert.deepEqual(await client.post("/photos", { ...sent, onUploadProgress: photo.listen }), answer);
    assert.ok((photo.all.at(-1)?.total ?? 0) > 1_000_000);
    photo.assertWhole(photo.all.at(-1)?.total);
    assert.deepEqual(await client.post("/photos", sent), answer);
  },
);

onEveryEdge<Api>(
  "a body that fails ends the call, and says why; one that is aborted is ended",
  buildApp,
  async (client, edge) => {
    if (edge === "process") return;
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield large.subarray(0, 10);
      throw new RangeError("the disk is gone");
    };
    await assert.rejects(client.post("/stream", { body: broken() }), (error) => {
      return error instanceof ClientError && error.status === 0 && error.message.endsWith(": the disk is gone");
    });
    const leaving = new AbortController();
    const ended = Promise.withResolvers<void>();
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (let count = 0; ; count += 1) {
          if (count === 3) leaving.abort();
          yield large.subarray(0, 10);
        }
      } finally {
        ended.resolve();
      }
    };
    await assert.rejects(client.post("/stream", { body: endless(), signal: leaving.signal }), { name: "AbortError" });
    await ended.promise;
  },
);

const chromium = findChromium();
const skip = chromium === undefined ? "no Chromium on this machine: set CHROMIUM_PATH to run the browser tests" : false;

const calls = `(async () => {
  const { createClient } = await import("/source/client.ts");
  const client = createClient({ baseUrl: location.origin });
  const told = [];
  const onUploadProgress = (progress) => told.push(progress);
  const body = new Blob([new Uint8Array(1_000_000)]);
  const raw = await client.post("/raw", { body, onUploadProgress });
  const last = told.at(-1);
  const grows = told.every(({ sent }, index) => index === 0 || sent >= told[index - 1].sent);
  const image = new File(["abc"], "a.png");
  const photo = await client.post("/photos", { form: { title: "x", tags: ["y"] }, files: { image }, onUploadProgress });
  const refused = await client.post.outcome("/json", { body: { id: "x" }, onUploadProgress });
  const lines = await client.post("/lines", { body: [{ id: 1 }, { id: 2 }], bodyFormat: "json-lines" });
  const made = async function* () { yield new Uint8Array(5); yield new Uint8Array(6); };
  const stream = await client.post("/stream", { body: made() });
  const leaving = new AbortController();
  leaving.abort();
  const aborted = await client.post("/raw", { body, onUploadProgress, signal: leaving.signal }).catch(({ name }) => name);
  return { raw, last, grows, photo, refused: [refused.ok, refused.status], lines, stream, aborted };
})()`;

test("in a browser, too, where streams are sent whole", { skip }, async () => {
  await using server = await buildApp().listen({ port: 0, signals: false, idleGrace: 0 });
  const browser = await openBrowser(chromium as string);
  try {
    const { page } = await openVisit(browser);
    await page.goto(`${server.url}/page`);
    assert.deepEqual(await page.evaluate(calls), {
      raw: 1_000_000,
      last: { sent: 1_000_000, total: 1_000_000 },
      grows: true,
      photo: ["x", ["y"], "a.png", 3],
      refused: [false, 422],
      lines: 3,
      stream: 11,
      aborted: "AbortError",
    });
  } finally {
    await browser.close();
  }
});
