/** The tour's documentation in a browser, as a newcomer meets it: read, try out, and nothing leaves this machine. */

import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { RunningServer } from "apus";
import type { Browser } from "playwright-core";
import { checkRedoc, checkSwagger, findChromium, openBrowser, openVisit, type ExpectedDocs } from "./docs-browser.ts";

const chromium = findChromium();
const skip = chromium === undefined ? "no Chromium on this machine: set CHROMIUM_PATH to run the browser tests" : false;
const screenshots = join(tmpdir(), "apus-screenshots", "tour");

let browser: Browser | undefined;
let server: RunningServer | undefined;

before(async () => {
  if (chromium === undefined) return;
  process.env["LOG_LEVEL"] = "silent";
  const { app } = await import("../../examples/tour/app.ts");
  server = await app.listen({ port: 0, signals: false });
  browser = await openBrowser(chromium);
  await mkdir(screenshots, { recursive: true });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const wait: ExpectedDocs["operation"] = {
  method: "get",
  path: "/wait/{seconds}",
  summary: "Get wait by seconds",
  parameters: { seconds: "1" },
  answer: "Waited for 1 seconds!",
};

function expect(page: string): ExpectedDocs {
  return {
    url: `${server?.url}${page}`,
    texts: ["Apus tour", "/github-user/{username}"],
    operation: wait,
    screenshots,
  };
}

test("Swagger UI at /docs sends /wait/{seconds} and shows its answer", { skip }, async () => {
  await checkSwagger(await openVisit(browser as Browser), expect("/docs"));
});

test("ReDoc at /redoc shows the tour", { skip }, async () => {
  await checkRedoc(await openVisit(browser as Browser), expect("/redoc"));
});
