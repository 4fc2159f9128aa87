/** Tests of docs-assets.ts: the closed list, the encodings, and that the stored files are what their names and `versions.json` say. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import type { HttpResponse } from "../http/http-response.ts";
import { acceptsBrotli, docsAssetNames, readDocsAsset } from "./docs-assets.ts";

const folder = new URL("../../assets/docs/", import.meta.url);

interface StoredPackage {
  readonly sha256: Readonly<Record<string, string>>;
  readonly changes: readonly string[];
}

function hash(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

async function readAsset(name: string, acceptEncoding?: string): Promise<HttpResponse & { readonly body: Uint8Array }> {
  const response = await readDocsAsset(name, acceptEncoding);
  assert.ok(response?.body instanceof Uint8Array, name);
  return { ...response, body: response.body };
}

function headerOf(response: HttpResponse, name: string): string | undefined {
  return response.headers.find(([each]) => each === name)?.[1];
}

for (const name of Object.values(docsAssetNames)) {
  test(`${name} carries the hash of its stored file, and may be kept`, async () => {
    const response = await readAsset(name, "br");
    const expected = hash(response.body).slice(0, 8);
    assert.ok(name.includes(`-${expected}.`), `rename it in docs-assets.ts: its content is ${expected}`);
    assert.equal(response.status, 200);
    assert.equal(headerOf(response, "cache-control"), "public, max-age=31536000, immutable");
    assert.equal(headerOf(response, "x-content-type-options"), "nosniff");
    assert.match(headerOf(response, "content-type") ?? "", /^(?:text\/javascript|text\/css|image\/png)/);
  });
}

test("a big file goes out as stored to who accepts Brotli, and plain to who does not", async () => {
  const stored = await readAsset(docsAssetNames.swaggerScript, "gzip, br");
  assert.equal(headerOf(stored, "content-encoding"), "br");
  assert.equal(headerOf(stored, "vary"), "accept-encoding");
  const plain = await readAsset(docsAssetNames.swaggerScript, "gzip");
  assert.equal(headerOf(plain, "content-encoding"), undefined);
  assert.equal(headerOf(plain, "vary"), "accept-encoding");
  assert.deepEqual(Buffer.from(plain.body), brotliDecompressSync(stored.body));
  assert.equal((await readAsset(docsAssetNames.swaggerScript)).body, plain.body, "decompressed once");
});

test("a small file has one form", async () => {
  const response = await readAsset(docsAssetNames.redocInit, "br");
  assert.equal(headerOf(response, "content-encoding"), undefined);
  assert.equal(headerOf(response, "vary"), undefined);
});

test("nothing but the listed names is answered", async () => {
  const names = ["", ".", "../x", "..%2fx", "/etc/passwd", "constructor", "__proto__", "toString", "versions.json"];
  for (const name of [...names, "swagger-ui-bundle.js.br", `${docsAssetNames.swaggerInit}\0`]) {
    assert.equal(await readDocsAsset(name, "br"), undefined, name);
  }
});

test("accept-encoding is read with its weights", () => {
  const accepted = [
    "br",
    "gzip, br",
    "BR",
    "br;q=1",
    "br; q=0.001",
    "br;Q=1.000",
    "*",
    "gzip;q=0, *;q=0.5",
    "\tbr\t;q=1",
  ];
  for (const field of accepted) assert.equal(acceptsBrotli(field), true, field);
  const refused = [
    "",
    "gzip",
    "br;q=0",
    "br; q=0.000",
    "*, br;q=0",
    "br;q=0, *",
    "*;q=0",
    "br;q=",
    "br;q=2",
    "br;q=-1",
  ];
  for (const field of [...refused, "br;q=1e3", "br;q=0x1", "brx", "x br", "br;q=0, br", undefined]) {
    assert.equal(acceptsBrotli(field), false, field);
  }
});

test("a long accept-encoding is read in one pass", () => {
  assert.equal(acceptsBrotli(`${"br;q=,".repeat(50_000)}${";".repeat(50_000)}`), false);
  assert.equal(acceptsBrotli(`br;q=0.${"0".repeat(100_000)}`), false);
});

test("the stored files are the published ones, and ReDoc's loads nothing from its maker", async () => {
  const packages = JSON.parse(await readFile(new URL("versions.json", folder), "utf8")) as Record<
    string,
    StoredPackage
  >;
  const swagger = packages["swagger-ui-dist"];
  assert.deepEqual(swagger?.changes, []);
  const bundle = await readAsset(docsAssetNames.swaggerScript);
  assert.equal(hash(bundle.body), swagger.sha256["swagger-ui-bundle.js"]);
  const style = await readAsset(docsAssetNames.swaggerStyle);
  assert.equal(hash(style.body), swagger.sha256["swagger-ui.css"]);
  const redoc = await readAsset(docsAssetNames.redocScript);
  assert.ok(!Buffer.from(redoc.body).includes("cdn.redoc.ly"));
});

test("the published package finds its assets, which are one folder nearer", async () => {
  const root = await mkdtemp(join(tmpdir(), "docs-assets-"));
  try {
    await mkdir(join(root, "openapi"));
    await writeFile(join(root, "package.json"), '{ "type": "module" }');
    await cp(folder, join(root, "assets", "docs"), { recursive: true });
    const source = await readFile(new URL("docs-assets.ts", import.meta.url), "utf8");
    const file = join(root, "openapi", "docs-assets.js");
    await writeFile(file, stripTypeScriptTypes(source));
    const published = (await import(pathToFileURL(file).href)) as { readonly readDocsAsset: typeof readDocsAsset };
    assert.equal((await published.readDocsAsset(docsAssetNames.favicon, undefined))?.status, 200);
  } finally {
    await rm(root, { recursive: true });
  }
});
