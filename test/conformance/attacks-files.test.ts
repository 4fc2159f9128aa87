/** Attacks on files that are served, each named after the advisory or fix that taught it. */

import assert from "node:assert/strict";
import { sep } from "node:path";
import { App } from "apus";
import type { TestClient } from "apus/testing";
import { file } from "../../src/files/file-reply.ts";
import { staticFiles } from "../../src/files/static-files.ts";
import { createLoggedApp } from "../journey/collected-log.ts";
import { onEveryEdge, type Edge } from "../journey/edges.ts";
import { exchange } from "../journey/raw-connection.ts";
import { assertClosed, createServedFolder } from "../journey/served-folder.ts";

/** The folder that is served is one of several. */
const base = createServedFolder({
  "static/index.html": "index",
  "static/open.txt": "open",
  "static/admin/secret.txt": "guarded",
  "static/docs/index.html": "docs",
  "static/ten.txt": "0123456789",
  "static/.env": "secret",
  "static/out": "→ ../outside.txt",
  "static/up": "→ ..",
  "static/root": "→ /",
  "static2/x.txt": "secret",
  "outside.txt": "secret",
});
const folder = `${base}/static`;

type Client = TestClient<Record<never, never>>;

function build(): App {
  const app = createLoggedApp();
  const files = staticFiles(folder);
  app.get("/s/{path:path}", files);
  app.get("/s/", files);
  // A guard of a part of the same folder.
  app.get("/s/admin/{path:path}", { middleware: [() => ({ status: 403, headers: [], body: null })] }, files);
  app.get("/one/{path}", files);
  app.get("/of/{tenant}/{path:path}", files);
  app.get("/f/{path:path}", ({ path }) => file(path.path, { folder }));
  const mounted = new App({ log: false, docs: false, health: false });
  mounted.get("/{path:path}", staticFiles(folder, { index: false }));
  app.mount("/mounted", mounted);
  return app;
}

function buildAtRoot(): App {
  const app = createLoggedApp();
  const files = staticFiles(folder);
  app.get("/", files);
  app.get("/{path:path}", files);
  return app;
}

/** Sends the path as it is, where there is a socket to send it through, and gives the status with the content. */
async function send(client: Client, edge: Edge, path: string): Promise<readonly [number, string]> {
  if (edge === "process") {
    const answer = await client.fetch(path.startsWith("//") ? `${client.baseUrl}${path}` : path, {
      redirect: "manual",
    });
    return [answer.status, await answer.text()];
  }
  const answer = await exchange(client.baseUrl, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  return [answer.status, answer.text];
}

/** No such path is answered with a file, or with a redirect. */
async function assertRefused(client: Client, edge: Edge, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const [status, text] = await send(client, edge, path);
    // In process the platform has taken ".." out before; what is left may be a path of this server.
    if (edge === "process" && status === 200) assert.doesNotMatch(text, /secret|guarded|root:/, path);
    else assert.ok([400, 403, 404].includes(status), `${path}: ${status} ${text}`);
  }
  await assertClosed(base);
}

const attack = (title: string, run: (client: Client, edge: Edge) => Promise<void>, app = build): void =>
  onEveryEdge(title, app, run);

attack(
  "48, 49, 50 CVE-2026-6414: an encoded slash leads around no guard, whichever converter took it",
  async (client, edge) => {
    assert.deepEqual(await send(client, edge, "/s/open.txt"), [200, "open"]);
    assert.equal((await send(client, edge, "/s/admin/secret.txt"))[0], 403);
    const paths = [
      "/s/admin%2Fsecret.txt",
      "/s/admin%2fsecret.txt",
      "/s/admin%252Fsecret.txt",
      "/one/admin%2Fsecret.txt",
    ];
    await assertRefused(client, edge, [
      ...paths,
      "/s/docs%2Findex.html",
      "/f/admin%2Fsecret.txt",
      "/mounted/admin%2Fsecret.txt",
    ]);
  },
);

attack("51 CVE-2026-39406: an empty segment leads around no guard", async (client, edge) => {
  const paths = [
    "//s/open.txt",
    "/s//open.txt",
    "/s//admin/secret.txt",
    "/s/admin//secret.txt",
    "/s///",
    "/s//",
    "/f//open.txt",
  ];
  await assertRefused(client, edge, [...paths, "/mounted//open.txt", `/s/${folder}/open.txt`]);
});

attack("52 CVE-2026-47676: an encoded mount prefix changes nothing", async (client, edge) => {
  assert.deepEqual(await send(client, edge, "/mounted/open.txt"), [200, "open"]);
  assert.deepEqual(await send(client, edge, "/%6dounted/%6fpen.txt"), [200, "open"]);
  await assertRefused(client, edge, [
    "/mounted/../outside.txt",
    "/mounted%2F..%2Foutside.txt",
    "/%6dounted/%2e%2e/outside.txt",
  ]);
});

attack(
  "57 GHSA-p6vg: a folder is redirected to itself, and to no other host",
  async (client, edge) => {
    for (const path of ["/docs", "/%64ocs"]) {
      const answer = await client.fetch(path, { redirect: "manual" });
      assert.deepEqual([answer.status, answer.headers.get("location"), await answer.text()], [308, "./docs/", ""]);
      assert.equal(new URL("./docs/", `${client.baseUrl}${path}`).host, new URL(client.baseUrl).host);
    }
    const paths = [
      "//evil.example/%2e%2e",
      "//evil.example/..",
      "//docs",
      "/%2f%2fevil.example/docs",
      "/%5cevil.example/..",
      "//evil.example/docs",
      "/\\docs",
    ];
    await assertRefused(client, edge, paths);
  },
  buildAtRoot,
);

attack("61 CVE-2023-29159: a folder whose name begins the same is another one", async (client, edge) => {
  await assertRefused(client, edge, [
    "/s/../static2/x.txt",
    "/s/%2e%2e/static2/x.txt",
    "/s/..%2Fstatic2/x.txt",
    "/s2/x.txt",
    "/f/../static2/x.txt",
  ]);
});

attack("62 CVE-2024-23334: no link leads out of the folder", async (client, edge) => {
  await assertRefused(client, edge, [
    "/s/out",
    "/s/up/outside.txt",
    "/s/root/etc/passwd",
    "/s/up",
    "/s/up/",
    "/f/out",
    "/mounted/out",
  ]);
});

attack("63 hono 751ba41b: a backslash separates nothing", async (client, edge) => {
  await assertRefused(client, edge, [
    "/s/admin%5Csecret.txt",
    "/s/admin%5csecret.txt",
    "/s/..%5Coutside.txt",
    "/one/admin%5Csecret.txt",
    "/f/admin%5Csecret.txt",
  ]);
  if (edge === "socket") await assertRefused(client, edge, ["/s/admin\\secret.txt", "/s/..\\outside.txt"]);
});

attack("64 fastify-static db4276f: a dot segment that a parameter takes is looked at, too", async (client, edge) => {
  assert.deepEqual(await send(client, edge, "/of/a/open.txt"), [200, "open"]);
  await assertRefused(client, edge, [
    "/one/..",
    "/one/%2e%2e",
    "/of/a/..",
    "/of/a/../../outside.txt",
    "/of/../../outside.txt",
    "/one/..%2Foutside.txt",
    "/of/%2e%2e/%2e%2e/outside.txt",
  ]);
});

attack("65 fastify-static 878c72e: a path has one form, and every other is no path of a file", async (client, edge) => {
  await assertRefused(client, edge, [
    "/s/.//open.txt",
    "/s/%2e/open.txt",
    "/s/docs/%2e/index.html",
    "/s/open.txt/",
    "/s/open.txt/.",
    "/s/open.txt.",
    "/s/open.txt%20",
    "/s/open.txt%00",
    "/s/open.txt%00.html",
  ]);
});

attack("66 fastify-static 9921faa: no folder is listed", async (client, edge) => {
  await assertRefused(client, edge, [
    "/s/..",
    "/s/../",
    "/s/%2e%2e/",
    "/s/admin/..%2f",
    "/mounted/docs",
    "/mounted/docs/",
    "/mounted/",
    "/f/docs",
    "/f/docs/",
  ]);
});

attack("67 h3 0e751b40: a path is decoded once, and dots are looked at after that", async (client, edge) => {
  for (const dots of [
    "%2e%2e",
    ".%2e",
    "%2E.",
    "%252e%252e",
    "..%2f",
    "..%5c",
    "%c0%ae%c0%ae",
    "%uff0e%uff0e",
    "..;",
    "%2e%2e%2f%2e%2e%2f",
  ]) {
    await assertRefused(client, edge, [
      `/s/${dots}/outside.txt`,
      `/s/docs/${dots}/${dots}/outside.txt`,
      `/f/${dots}/outside.txt`,
      `/one/${dots}`,
    ]);
  }
});

attack("68 starlette #3287: an absolute path is no path below the folder", async (client, edge) => {
  await assertRefused(client, edge, [
    "/s//etc/passwd",
    "/s/%2Fetc%2Fpasswd",
    "/f//etc/passwd",
    "/f/%2Fetc/passwd",
    `/f/${base}/outside.txt`,
    "/f/file:%2f%2f%2fetc%2fpasswd",
  ]);
});

attack("69 CVE-2025-62727: a thousand ranges are none, and the same bytes are sent once", async (client) => {
  const ask = async (range: string): Promise<readonly [number, string]> => {
    const answer = await client.fetch("/s/ten.txt", { headers: { range } });
    return [answer.status, await answer.text()];
  };
  const many = Array.from({ length: 1_500 }, (_, at) => `${at % 9}-${(at % 9) + 1}`).join(",");
  assert.deepEqual(await ask(`bytes=${many}`), [200, "0123456789"]);
  assert.deepEqual(await ask(`bytes=${Array.from({ length: 11 }, () => "0-0").join(",")}`), [200, "0123456789"]);
  assert.deepEqual(await ask(`bytes=${Array.from({ length: 10 }, () => "0-").join(",")}`), [206, "0123456789"]);
  assert.deepEqual(await ask(`bytes=${",".repeat(6_000)}`), [200, "0123456789"]);
  assert.deepEqual(await ask(`bytes=0-${"1".repeat(6_000)}`), [206, "0123456789"]);
});

attack("70 starlette #3307: a suffix that is longer than the file is all of it", async (client) => {
  const answer = await client.fetch("/s/ten.txt", { headers: { range: "bytes=-1000" } });
  assert.deepEqual([answer.status, answer.headers.get("content-range")], [206, "bytes 0-9/10"]);
  assert.equal(await answer.text(), "0123456789");
});

attack("71 CVE-2025-23084: no drive, no stream, no ending that one system leaves out", async (client, edge) => {
  await assertRefused(client, edge, [
    "/s/C:open.txt",
    "/s/c:%5copen.txt",
    "/s/open.txt::$DATA",
    "/s/open.txt:x",
    "/s/.env",
    "/s/.env%20",
    "/s/.env.",
    "/s/CON",
    "/f/C:open.txt",
    `/s/open.txt${sep === "/" ? "%5c" : "/"}`,
  ]);
});
