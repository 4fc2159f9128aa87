/** What a browser must see on the documentation pages, whoever serves them. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

/** A page under watch. `problems` collects page errors, console errors, dialogs and policy violations; `requests` every URL. */
export interface Visit {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly problems: readonly string[];
}

/** One operation that the document must hold and the server must answer. */
export interface ExpectedOperation {
  readonly method: string;
  /** The path as the document writes it: "/items/{id}". */
  readonly path: string;
  readonly summary: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Text that only the server's answer holds. */
  readonly answer: string;
}

export interface ExpectedDocs {
  readonly url: string;
  /** Text that the page must show as text, payload or not. */
  readonly texts: readonly string[];
  readonly operation: ExpectedOperation;
  /** Folder for a screenshot; none is taken without it. */
  readonly screenshots?: string | undefined;
}

const places: readonly (string | undefined)[] = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const switches: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The path of a Chromium on this machine; `undefined` when there is none. */
export function findChromium(): string | undefined {
  return places.find((place) => place !== undefined && existsSync(place));
}

export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...switches] });
}

/**
 * Opens a fresh page (no cookies, no cache) and watches it.
 * Without the content security policy (`bypassCSP`) it shows what the page does of its own accord, and what a payload could do.
 */
export async function openVisit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.clock.install();
  const requests: string[] = [];
  const problems: string[] = [];
  context.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  await page.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
    console.error("policy violation: " + event.violatedDirective + " " + event.blockedURI));`);
  return { page, requests, problems };
}

/** Swagger UI shows the operation, sends it, shows the answer, and nothing else happens. */
export async function checkSwagger(visit: Visit, expected: ExpectedDocs): Promise<void> {
  const { page } = visit;
  const { operation } = expected;
  await page.goto(expected.url);
  const block = page.locator(`.opblock-${operation.method.toLowerCase()}`, {
    has: page.locator(`[data-path="${operation.path}"]`),
  });
  await block.waitFor();
  await checkTexts(page, expected.texts);
  await block.locator(".opblock-summary-control").click();
  const tryItOut = block.getByRole("button", { name: "Try it out" });
  if (await tryItOut.isVisible()) await tryItOut.click();
  for (const [name, value] of Object.entries(operation.parameters)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  await block.getByRole("button", { name: "Execute" }).click();
  const answer = block.locator(".live-responses-table .response-col_description");
  await answer.getByText(operation.answer).first().waitFor();
  await takeScreenshot(page, expected.screenshots, "swagger.png");
  await checkAuthorize(page);
  await checkNothingElse(visit, expected.url);
}

async function checkAuthorize(page: Page): Promise<void> {
  const authorize = page.locator(".auth-wrapper > .authorize");
  if ((await authorize.count()) === 0) return;
  await authorize.click();
  await page.locator(".dialog-ux .modal-ux").waitFor();
  await page.locator(".dialog-ux .close-modal").click();
}

/** ReDoc shows the document and the operation, finds it by its search, and nothing else happens. */
export async function checkRedoc(visit: Visit, expected: ExpectedDocs): Promise<void> {
  const { page } = visit;
  const { operation } = expected;
  await page.goto(expected.url);
  await page.getByText(operation.path).first().waitFor();
  await checkTexts(page, expected.texts);
  await takeScreenshot(page, expected.screenshots, "redoc.png");
  await page.getByText(operation.path).first().click();
  await page.getByRole("heading", { name: operation.summary }).first().waitFor();
  await takeScreenshot(page, expected.screenshots, "redoc-operation.png");
  await page.keyboard.press("Control+k");
  await page.keyboard.type(operation.summary);
  await page.locator("[data-component-name^='Search/']").getByText(operation.path).first().waitFor();
  await takeScreenshot(page, expected.screenshots, "redoc-search.png");
  await checkNothingElse(visit, expected.url);
}

async function checkTexts(page: Page, texts: readonly string[]): Promise<void> {
  for (const text of texts) await page.getByText(text).first().waitFor();
}

async function checkNothingElse({ page, requests, problems }: Visit, url: string): Promise<void> {
  // A minute of the page's time, so that what calls out in batches (telemetry) shows itself.
  await page.clock.fastForward("01:00");
  await page.waitForTimeout(300);
  const { origin } = new URL(url);
  const foreign = requests.filter((request) => !/^(?:data|blob):/.test(request) && new URL(request).origin !== origin);
  assert.deepEqual(foreign, [], "requests to other origins");
  assert.deepEqual(problems, []);
  assert.equal(await page.evaluate("globalThis.pwned"), undefined, "a payload was executed");
}

async function takeScreenshot(page: Page, folder: string | undefined, name: string): Promise<void> {
  if (folder !== undefined) await page.screenshot({ path: join(folder, name), fullPage: true });
}
