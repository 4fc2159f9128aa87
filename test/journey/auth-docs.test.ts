/** The dialog "Authorize" of Swagger UI, used as a person would: log in, and be answered. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { validateOpenApi } from "../conformance/validate-openapi.ts";
import { findChromium, openBrowser, openVisit } from "./docs-browser.ts";

const chromium = findChromium();
const skip = chromium === undefined ? "no Chromium on this machine: set CHROMIUM_PATH to run the browser tests" : false;
const { app } = await import("../../examples/auth/app.ts");

test("the document of the auth example is valid, and says what each operation needs", async () => {
  const document = await app.openapi();
  assert.deepEqual(await validateOpenApi(document), []);
  assert.deepEqual(Object.keys(document.components?.["securitySchemes"] as object), ["login"]);
  const paths = document.paths as Record<string, Record<string, { security?: unknown; responses: object }>>;
  assert.deepEqual(paths["/me"]?.["get"]?.security, [{ login: [] }]);
  assert.deepEqual(paths["/notes"]?.["post"]?.security, [{ login: ["notes:write"] }]);
  assert.deepEqual(Object.keys(paths["/notes"]?.["post"]?.responses ?? {}), ["201", "401", "403", "422"]);
  assert.equal(paths["/token"]?.["post"]?.security, undefined);
});

test("log in through the dialog, and call what needs it", { skip }, async () => {
  await using server = await app.listen({ port: 0, signals: false });
  const account = { name: "ada", password: "correct horse battery" };
  const signedUp = await fetch(`${server.url}/accounts`, {
    method: "POST",
    body: JSON.stringify(account),
    headers: { "content-type": "application/json" },
  });
  assert.equal(signedUp.status, 201);
  const browser = await openBrowser(chromium as string);
  try {
    const { page, problems } = await openVisit(browser);
    await page.goto(`${server.url}/docs`);
    await page.locator(".auth-wrapper .authorize").first().click();
    const dialog = page.locator(".dialog-ux .modal-ux");
    await dialog.locator("input#oauth_username").fill(account.name);
    await dialog.locator("input#oauth_password").fill(account.password);
    await dialog.locator("button.authorize").click();
    await dialog.getByText("Logout").waitFor();
    const folder = join(tmpdir(), "apus-screenshots", "auth");
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, "authorize.png") });
    await dialog.locator("button.btn-done").click();
    const block = page.locator(".opblock-get", { has: page.locator('[data-path="/me"]') });
    await block.locator(".opblock-summary-control").click();
    const tryItOut = block.getByRole("button", { name: "Try it out" });
    if (await tryItOut.isVisible()) await tryItOut.click();
    await block.getByRole("button", { name: "Execute" }).click();
    await block.locator(".live-responses-table").getByText('"ada"').first().waitFor();
    await page.screenshot({ path: join(folder, "me.png") });
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
  }
});
