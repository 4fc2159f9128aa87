/** Files out, at every edge: one file, a folder, what caches and download managers ask for, and clients that leave. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { dependency, type App } from "apus";
import { compression } from "apus/middleware/compression";
import { conditional } from "apus/middleware/conditional";
import { testClient, type TestClient } from "apus/testing";
import { file } from "../../src/files/file-reply.ts";
import { staticFiles } from "../../src/files/static-files.ts";
import { createLoggedApp, findErrorLine, forgetLog } from "./collected-log.ts";
import { onEveryEdge } from "./edges.ts";
import { assertClosed, createServedFolder, fileDate } from "./served-folder.ts";

type Client = TestClient<Record<never, never>>;

const large = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 253));
const script = `console.log("swift");\n`.repeat(100);

const folder = createServedFolder({
  "index.html": "<h1>home</h1>",
  "app.js": script,
  "app.js.br": brotliCompressSync(script),
  "app.js.gz": gzipSync(script),
  "only.css": "a{}",
  "plain.png": "png",
  "empty.txt": "",
  "large.bin": large,
  "docs/index.html": "<h1>docs</h1>",
  "docs/a b ü.txt": "ü",
  "bare/x": "x",
  ".hidden": "hidden",
  ".well-known/security.txt": "Contact: x",
});

function build(): App {
  const app = createLoggedApp();
  const assets = staticFiles(folder);
  for (const path of ["/assets", "/assets/", "/assets/{path:path}"] as const) app.get(path, assets);
  const cached = staticFiles(folder, {
    maxAge: 3_600,
    immutable: true,
    fallback: "index.html",
    precompressed: ["br", "zstd", "gzip"],
    headers: { "x-served-by": "swift" },
  });
  app.get("/app/", cached);
  app.get("/app/{path:path}", cached);
  app.get("/flat/{path}", staticFiles(folder, { index: false }));
  app.get("/report", () => file(join(folder, "only.css"), { name: "Übersicht.css", cache: "private, max-age=5" }));
  app.post("/report", () => file(join(folder, "only.css")));
  app.get("/shown", ({ response }) => {
    response.setHeader("x-own", "1");
    response.setHeader("content-type", "text/x-other");
    return file(join(folder, "only.css"), { disposition: "inline", type: "text/plain", cookies: { seen: "1" } });
  });
  app.get("/gone", () => file(join(folder, "gone")));
  app.get("/folder", () => file(folder));
  app.get("/required", () => file(join(folder, "gone"), { required: true }));
  app.get("/inside/{path:path}", ({ path }) => file(path.path, { folder }));
  app.get("/tagged", () => file(join(folder, "only.css"), { etag: '"v7"' }));
  return app;
}

/** Status, some fields and content of an answer. */
async function ask(client: Client, path: string, init: RequestInit = {}): Promise<readonly [number, Headers, string]> {
  const answer = await client.fetch(path, { redirect: "manual", ...init });
  return [answer.status, answer.headers, await answer.text()];
}

onEveryEdge("a file of a folder, with everything that a cache needs", build, async (client, edge) => {
  const [status, headers, text] = await ask(client, "/assets/only.css");
  assert.deepEqual([status, text], [200, "a{}"]);
  assert.equal(headers.get("content-type"), "text/css; charset=utf-8");
  if (edge === "socket") assert.equal(headers.get("content-length"), "3");
  const whole = await client.fetch("/assets/large.bin");
  assert.equal(whole.headers.get("content-length"), String(large.length));
  await whole.arrayBuffer();
  assert.equal(headers.get("last-modified"), fileDate);
  assert.equal(headers.get("accept-ranges"), "bytes");
  assert.equal(headers.get("cache-control"), "no-cache");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.match(headers.get("etag") ?? "", /^"[\w-]+"$/);
  assert.equal((await ask(client, "/assets/docs/a%20b%20%C3%BC.txt"))[2], "ü");
  assert.deepEqual((await ask(client, "/assets/empty.txt"))[2], "");
  assert.equal((await ask(client, "/assets/.well-known/security.txt"))[2], "Contact: x");
  for (const path of [
    "/assets/none",
    "/assets/.hidden",
    "/assets/bare/",
    "/assets/only.css/",
    "/flat/docs",
    "/flat/none",
  ]) {
    assert.equal((await ask(client, path))[0], 404, path);
  }
});

onEveryEdge("a large file comes whole, and closes", build, async (client) => {
  const answer = await client.fetch("/assets/large.bin");
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), large);
  await assertClosed(folder);
});

onEveryEdge("HEAD has the fields of GET and opens nothing for long", build, async (client) => {
  for (const path of ["/assets/only.css", "/assets/large.bin", "/assets/empty.txt", "/assets/", "/report"]) {
    const [, headers] = await ask(client, path);
    const [status, own, text] = await ask(client, path, { method: "HEAD", headers: { range: "bytes=0-0" } });
    assert.deepEqual([status, text], [200, ""], path);
    for (const name of ["content-type", "etag", "last-modified", "cache-control", "content-disposition"]) {
      assert.equal(own.get(name), headers.get(name), `${path} ${name}`);
    }
  }
  const length = (await ask(client, "/assets/large.bin", { method: "HEAD" }))[1].get("content-length");
  assert.equal(length, String(large.length));
  assert.equal((await ask(client, "/assets/none", { method: "HEAD" }))[0], 404);
});

onEveryEdge("an index, and the way to it", build, async (client) => {
  assert.equal((await ask(client, "/assets/"))[2], "<h1>home</h1>");
  assert.equal((await ask(client, "/assets/docs/"))[2], "<h1>docs</h1>");
  const [status, headers] = await ask(client, "/assets/docs?a=1");
  assert.deepEqual([status, headers.get("location")], [308, "./docs/?a=1"]);
  const [own, ownHeaders] = await ask(client, "/assets");
  assert.deepEqual([own, ownHeaders.get("location")], [308, "./assets/"]);
  const followed = await client.fetch("/assets/docs");
  assert.equal(await followed.text(), "<h1>docs</h1>");
});

onEveryEdge("304 to who has it, 412 to who wants another one", build, async (client) => {
  const [, headers] = await ask(client, "/app/only.css");
  const etag = headers.get("etag") ?? "";
  for (const fields of [
    { "if-none-match": etag },
    { "if-none-match": "*" },
    { "if-modified-since": fileDate },
    { "if-match": etag, "if-none-match": `W/${etag}` },
  ]) {
    const [status, own, text] = await ask(client, "/app/only.css", { headers: { ...fields, range: "bytes=0-0" } });
    assert.deepEqual([status, text, own.get("content-type"), own.get("content-length")], [304, "", null, null]);
    for (const name of ["cache-control", "vary", "x-served-by"]) assert.equal(own.get(name), headers.get(name), name);
  }
  for (const fields of [
    { "if-match": '"x"' },
    { "if-match": `W/${etag}` },
    { "if-unmodified-since": "Sat, 05 Nov 1994 08:49:37 GMT" },
  ]) {
    assert.equal((await ask(client, "/app/only.css", { headers: fields }))[0], 412);
  }
  const passing = [
    { "if-none-match": '"x"', "if-modified-since": fileDate },
    { "if-match": etag },
    { "if-unmodified-since": fileDate },
  ];
  for (const fields of passing) assert.equal((await ask(client, "/app/only.css", { headers: fields }))[0], 200);
  assert.equal((await ask(client, "/tagged", { headers: { "if-none-match": '"v7"' } }))[0], 304);
  const posted = await ask(client, "/report", {
    method: "POST",
    headers: { "if-none-match": "*", range: "bytes=0-0" },
  });
  assert.deepEqual([posted[0], posted[2]], [200, "a{}"], "conditions and ranges are of GET and HEAD");
});

onEveryEdge("codings that lie beside a file", build, async (client) => {
  const read = async (coding: string): Promise<readonly (string | null)[]> => {
    const answer = await client.fetch("/app/app.js", { headers: { "accept-encoding": coding } });
    const { headers } = answer;
    assert.equal(headers.get("vary"), "Accept-Encoding");
    assert.equal(headers.get("content-type"), "text/javascript; charset=utf-8");
    await answer.arrayBuffer();
    return [headers.get("content-encoding"), headers.get("etag")];
  };
  const tags = new Set<string>();
  for (const [asked, given] of [
    ["br, gzip", "br"],
    ["zstd, gzip;q=0.5", "gzip"],
    ["gzip, br;q=0.1", "gzip"],
    ["zstd", null],
    ["identity", null],
    ["br;q=0", null],
  ] as const) {
    const [coding = null, etag = null] = await read(asked);
    assert.equal(coding, given, asked);
    tags.add(`${coding} ${etag}`);
  }
  assert.equal(tags.size, 3, "each coding has its own tag");
  const [, headers] = await ask(client, "/app/plain.png", { headers: { "accept-encoding": "br" } });
  assert.deepEqual([headers.get("vary"), headers.get("content-encoding")], [null, null]);
  const [, css] = await ask(client, "/app/only.css", { headers: { "accept-encoding": "br" } });
  assert.deepEqual([css.get("vary"), css.get("content-encoding")], ["Accept-Encoding", null]);
});

onEveryEdge("files may be kept, pages are asked for", build, async (client) => {
  assert.equal((await ask(client, "/app/only.css"))[1].get("cache-control"), "max-age=3600, immutable");
  assert.equal((await ask(client, "/app/"))[1].get("cache-control"), "no-cache");
});

onEveryEdge("a single-page app answers with its page, to those who want one", build, async (client) => {
  const accept = "text/html,application/xhtml+xml,*/*;q=0.8";
  for (const path of ["/app/users/7", "/app/none.js", "/app/bare/", "/app/docs/none"]) {
    const [status, headers, text] = await ask(client, path, { headers: { accept } });
    assert.deepEqual([status, text], [200, "<h1>home</h1>"], path);
    assert.match(headers.get("vary") ?? "", /Accept$/);
    assert.equal(headers.get("cache-control"), "no-cache");
    const [other, otherHeaders] = await ask(client, path, { headers: { accept: "*/*" } });
    assert.deepEqual([other, otherHeaders.get("vary")], [404, "Accept"], path);
  }
});

onEveryEdge("file(): a name, a type, a disposition, and what the handler sets", build, async (client) => {
  const [, report] = await ask(client, "/report");
  assert.equal(
    report.get("content-disposition"),
    `attachment; filename="_bersicht.css"; filename*=UTF-8''%C3%9Cbersicht.css`,
  );
  assert.equal(report.get("cache-control"), "private, max-age=5");
  const [, shown] = await ask(client, "/shown");
  assert.equal(shown.get("content-disposition"), "inline");
  assert.equal(shown.get("content-type"), "text/plain");
  assert.equal(shown.get("x-own"), "1");
  assert.match(shown.getSetCookie()[0] ?? "", /^seen=1;/);
});

onEveryEdge("what is no file is a 404, or a failure where it must be one", build, async (client) => {
  for (const path of [
    "/gone",
    "/folder",
    "/inside/none",
    "/inside/docs",
    "/inside/.hidden",
    "/inside/a%00b",
    "/inside/docs/",
  ]) {
    assert.equal((await ask(client, path))[0], 404, path);
  }
  assert.equal((await ask(client, "/inside/only.css"))[2], "a{}");
  forgetLog();
  assert.equal((await ask(client, "/required"))[0], 500);
  assert.match((await findErrorLine()).error.message, /where there is no file/);
});

function buildWrapped(): App {
  const app = createLoggedApp();
  app.use(compression());
  app.use(conditional());
  app.use(async (request, next) => {
    const response = await next();
    return request.query === "replaced" ? { status: 200, headers: [], body: "another" } : response;
  });
  const failing = dependency({ until: "handler" }, async function* () {
    yield 1;
    throw new Error("not committed");
  });
  app.get("/assets/{path:path}", staticFiles(folder));
  const mounted = createLoggedApp();
  mounted.get("/{path:path}", staticFiles(folder));
  app.mount("/mounted", mounted);
  app.get("/failing", { use: { failing } }, () => file(join(folder, "large.bin")));
  return app;
}

onEveryEdge("compression and conditional() around it", buildWrapped, async (client) => {
  const headers = { "accept-encoding": "gzip" };
  const answer = await client.fetch("/assets/app.js", { headers });
  assert.equal(answer.headers.get("content-encoding"), "gzip");
  assert.equal(answer.headers.get("accept-ranges"), null);
  const etag = answer.headers.get("etag") ?? "";
  assert.match(etag, /^W\//);
  await answer.arrayBuffer();
  const again = await client.fetch("/assets/app.js", { headers: { ...headers, "if-none-match": etag } });
  assert.deepEqual([again.status, again.headers.get("etag")], [304, etag]);
  const part = await client.fetch("/assets/app.js", { headers: { ...headers, range: "bytes=0-6" } });
  assert.deepEqual([part.status, part.headers.get("content-encoding"), await part.text()], [206, null, "console"]);
});

onEveryEdge(
  "an answer that another one replaces, or that fails late, closes its file",
  buildWrapped,
  async (client) => {
    for (const path of ["/assets/large.bin", "/mounted/large.bin"]) {
      assert.equal(await (await client.fetch(`${path}?replaced`)).text(), "another");
    }
    assert.equal((await client.fetch("/failing")).status, 500);
    await assertClosed(folder);
  },
);

onEveryEdge(
  "a client that leaves in the middle closes the file, and nothing is logged as an error",
  build,
  async (client, edge) => {
    forgetLog();
    if (edge === "process") {
      const answer = await client.fetch("/assets/large.bin");
      await answer.body?.getReader().cancel();
    } else {
      const sent = get(`${client.baseUrl}/assets/large.bin`);
      const [answer] = await once(sent, "response");
      await once(answer, "data");
      answer.on("error", () => {});
      sent.destroy();
    }
    await assertClosed(folder);
    assert.equal((await ask(client, "/assets/only.css"))[0], 200);
  },
);

test("a file that becomes shorter while it is sent: the answer is cut, not ended", async () => {
  const place = createServedFolder({ shrinking: Buffer.alloc(50_000_000) });
  for (const socket of ["net", "node"] as const) {
    writeFileSync(join(place, "shrinking"), Buffer.alloc(50_000_000));
    const app = createLoggedApp();
    app.get("/", () => file(join(place, "shrinking")));
    await using client = await testClient(app, { socket });
    forgetLog();
    const answer = await client.fetch("/");
    const reader = answer.body?.getReader();
    await reader?.read();
    truncateSync(join(place, "shrinking"), 1_000);
    const readRest = async (): Promise<void> => {
      while ((await reader?.read())?.done === false);
    };
    await assert.rejects(readRest(), socket);
    assert.match((await findErrorLine()).error.message, /shorter/);
  }
});

test("a file that is removed or replaced while it is sent comes as it was", async () => {
  const place = createServedFolder({ moving: large });
  const app = createLoggedApp();
  app.get("/", () => file(join(place, "moving")));
  await using client = await testClient(app, { socket: true });
  const answer = await client.fetch("/");
  rmSync(join(place, "moving"));
  writeFileSync(join(place, "moving"), "new");
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), large);
  assert.equal(await (await client.fetch("/")).text(), "new");
});

test("wrong options are refused when they are given", () => {
  const bad = { code: "APUS_BAD_OPTION" };
  for (const options of [
    { index: "a/b" },
    { index: "../a" },
    { index: "" },
    { fallback: "../a" },
    { fallback: "a/" },
    { dotfiles: "deny" },
    { symlinks: "follow" },
    { maxAge: -1 },
    { maxAge: 1.5 },
    { immutable: "yes" },
    { precompressed: ["deflate"] },
    { precompressed: "br" },
    { headers: { etag: '"x"' } },
    { maxage: 1 },
  ]) {
    assert.throws(() => staticFiles(folder, options as object), bad, JSON.stringify(options));
  }
  for (const options of [
    { etag: "v1" },
    { disposition: "open" },
    { headers: { "Content-Type": "a/b" } },
    { required: 1 },
    { filename: "x" },
  ]) {
    assert.throws(() => file("a", options as object), bad, JSON.stringify(options));
  }
  assert.throws(() => file(""), bad);
  assert.throws(() => file(new URL("http://a/b")), bad);
  assert.throws(() => file(new URL("file:///a"), { folder }), bad);
  for (const options of [{ cache: "a\nb" }, { type: "a/b\r\n" }, { headers: { "x y": "1" } }]) {
    assert.throws(() => file("a", options), { code: "APUS_INVALID_HEADER" });
  }
});
