/** The documentation pages in a browser: hostile text stays text, nothing leaves the origin, the policy holds. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import type { HttpResponse } from "../../src/http/http-response.ts";
import { readDocsAsset } from "../../src/openapi/docs-assets.ts";
import { buildOauth2RedirectPage, buildRedocPage, buildSwaggerPage } from "../../src/openapi/docs-page.ts";
import { checkRedoc, checkSwagger, findChromium, openBrowser, openVisit, type ExpectedDocs } from "./docs-browser.ts";

const payload = "</title></script><script>globalThis.pwned=1;alert(1)</script>";
const image = '<img src="x" onerror="globalThis.pwned=2;alert(2)">';
const link = "[click](javascript:alert(3))";

/** A small document that holds `hostile` wherever text may stand. */
function buildDocument(hostile: string): unknown {
  return {
    openapi: "3.1.0",
    info: { title: `Demo ${hostile}`, version: "1.0.0", description: `Described ${hostile}` },
    servers: [{ url: "/prefix", description: hostile }],
    tags: [{ name: "items", description: hostile }],
    paths: { "/items/{id}": { get: describeReadItem(hostile) } },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: hostile } },
      schemas: {
        Item: {
          type: "object",
          description: hostile,
          properties: { name: { type: "string", examples: [hostile] }, size: { type: "number", enum: [1, 2] } },
        },
      },
    },
  };
}

function describeReadItem(hostile: string): unknown {
  return {
    tags: ["items"],
    operationId: "readItem",
    summary: `Read one item ${hostile}`,
    description: hostile,
    parameters: [
      { name: "id", in: "path", required: true, description: hostile, schema: { type: "integer", title: hostile } },
    ],
    responses: {
      200: {
        description: `The item ${hostile}`,
        content: { "application/json": { schema: { $ref: "#/components/schemas/Item" } } },
      },
    },
  };
}

function answerJson(value: unknown): HttpResponse {
  return { status: 200, headers: [["content-type", "application/json"]], body: JSON.stringify(value) };
}

/** Everything is under /prefix, as behind a proxy; the pages only know relative URLs. */
async function answer(path: string, acceptEncoding: string | undefined): Promise<HttpResponse | undefined> {
  const hostile = path.includes("hostile") ? `${payload} ${image} ${link}` : "";
  const documentUrl = hostile === "" ? "openapi.json" : "openapi-hostile.json";
  const title = `Demo ${hostile}`;
  const options = { title, documentUrl, assetsUrl: "docs/assets", parameters: { theme: { note: hostile } } };
  if (path.startsWith("/prefix/openapi")) return answerJson(buildDocument(hostile));
  if (path === "/prefix/items/7") return answerJson({ name: `seventh ${image}`, size: 2 });
  // The image of the payload is found, but is no image, so that its `onerror` would run.
  if (path === "/prefix/x") return { status: 200, headers: [["content-type", "text/plain"]], body: "x" };
  if (path.startsWith("/prefix/swagger")) return buildSwaggerPage(options);
  if (path.startsWith("/prefix/redoc")) return buildRedocPage(options);
  if (path.startsWith("/prefix/docs/oauth2-redirect")) return buildOauth2RedirectPage({ assetsUrl: "assets" });
  const assets = "/prefix/docs/assets/";
  return path.startsWith(assets) ? readDocsAsset(path.slice(assets.length), acceptEncoding) : undefined;
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const field = incoming.headers["accept-encoding"];
  const found = await answer(incoming.url ?? "/", typeof field === "string" ? field : undefined);
  outgoing.statusCode = found?.status ?? 404;
  for (const [name, value] of found?.headers ?? []) outgoing.appendHeader(name, value);
  outgoing.end(found?.body ?? "");
}

const executable = findChromium();
const skip = executable === undefined && "no Chromium on this machine (CHROMIUM_PATH names one)";
let browser: Browser;
let server: Server;
let origin: string;
const screenshots = join(tmpdir(), "apus-docs-page");

before(async () => {
  if (executable === undefined) return;
  browser = await openBrowser(executable);
  await mkdir(screenshots, { recursive: true });
  server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(async () => {
  if (executable === undefined) return;
  await browser.close();
  server.closeAllConnections();
  server.close();
});

function expectDocs(path: string): ExpectedDocs {
  return {
    url: `${origin}/prefix/${path}`,
    texts: [path.endsWith("hostile") ? `Demo ${payload}` : "Demo"],
    operation: {
      method: "GET",
      path: "/items/{id}",
      summary: "Read one item",
      parameters: { id: "7" },
      answer: "seventh",
    },
    screenshots,
  };
}

test("Swagger UI shows the document and sends its operation", { skip }, async (context) => {
  const visit = await openVisit(browser);
  await checkSwagger(visit, expectDocs("swagger"));
  assert.ok(visit.requests.includes(`${origin}/prefix/items/7`));
  context.diagnostic(`screenshots are in ${screenshots}`);
});

test("ReDoc shows the document", { skip }, async () => {
  await checkRedoc(await openVisit(browser), expectDocs("redoc"));
});

// Without the policy, so that the pages have to hold by themselves; with it, the browser reports what the sanitizers parse.
test("Swagger UI runs nothing of a hostile document", { skip }, async () => {
  await checkSwagger(await openVisit(browser, { bypassCSP: true }), expectDocs("swagger-hostile"));
});

test("ReDoc runs nothing of a hostile document", { skip }, async () => {
  await checkRedoc(await openVisit(browser, { bypassCSP: true }), expectDocs("redoc-hostile"));
});

test("the OAuth 2.0 redirect page hands its answer to the page that opened it", { skip }, async () => {
  const visit = await openVisit(browser);
  await visit.page.goto(`${origin}/prefix/swagger`);
  await visit.page.evaluate(`new Promise((resolve) => {
    globalThis.swaggerUIRedirectOauth2 = {
      state: "s1",
      redirectUrl: "unused",
      auth: { schema: new Map([["flow", "authorizationCode"]]), name: "oauth" },
      errCb: (error) => { globalThis.authorized = error; resolve(); },
      callback: (answer) => { globalThis.authorized = answer; resolve(); },
    };
    open("docs/oauth2-redirect?code=c1&state=s1");
  })`);
  assert.equal(await visit.page.evaluate("globalThis.authorized.auth.code"), "c1");
  assert.deepEqual(visit.problems, []);
});
