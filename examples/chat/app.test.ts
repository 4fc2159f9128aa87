/** The chat: its messages, and its page in two browsers, through a restart of the server. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { testClient } from "apus/testing";
import type { Page } from "playwright-core";
import { findChromium, openBrowser } from "../../test/journey/docs-browser.ts";

process.env["LOG_LEVEL"] = "silent";
const { app } = await import("./app.ts");

const chromium = findChromium();
const skip = chromium === undefined ? "no Chromium on this machine: set CHROMIUM_PATH to run the browser tests" : false;

test("everybody in a room hears what is said there, and nobody else", async () => {
  await using client = await testClient(app, { socket: true });
  await using ada = await client.websocket("/rooms/a?name=Ada");
  assert.deepEqual(await ada.receiveJson(), { kind: "came", from: "Ada", members: 1 });
  await using bob = await client.websocket("/rooms/a?name=Bob");
  await using eve = await client.websocket("/rooms/b?name=Eve");
  assert.deepEqual(await ada.receiveJson(), { kind: "came", from: "Bob", members: 2 });
  await bob.sendJson({ text: " hello " });
  assert.deepEqual(await ada.receiveJson(), { kind: "said", from: "Bob", text: "hello" });
  await bob.sendJson({ text: "" });
  assert.equal((await bob.closed).code, 1007);
  assert.deepEqual(await ada.receiveJson(), { kind: "left", from: "Bob", members: 1 });
  assert.deepEqual(await eve.receiveJson(), { kind: "came", from: "Eve", members: 1 });
  await assert.rejects(client.websocket("/rooms/a"), /with 422/);
});

async function enter(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url);
  await page.fill("[name=name]", name);
  await page.click("text=Enter");
  await page.waitForFunction("document.querySelector('#state').textContent.startsWith('You are in swifts')");
}

async function say(page: Page, words: string): Promise<void> {
  await page.fill("[name=text]", words);
  await page.click("text=Send");
}

const wait = (page: Page, words: string): Promise<unknown> =>
  page.waitForFunction(`document.querySelector('#messages').textContent.includes(${JSON.stringify(words)})`);

test("two browsers talk, and go on when the server is back", { skip }, async () => {
  const first = await app.listen({ port: 0, signals: false, idleGrace: 0 });
  const browser = await openBrowser(chromium as string);
  const problems: string[] = [];
  try {
    const pages = await Promise.all([1, 2].map(async () => (await browser.newContext()).newPage()));
    const [ada, bob] = pages as [Page, Page];
    for (const page of pages) page.on("pageerror", (error) => problems.push(String(error)));
    await enter(ada, first.url, "Ada");
    await enter(bob, first.url, "Bob");
    await wait(ada, "Bob came (2 here)");
    await say(bob, "<img src=x onerror=alert(1)> hello");
    await wait(ada, "Bob<img src=x onerror=alert(1)> hello");
    await first.stop();
    const second = await app.listen({ port: first.port, signals: false, idleGrace: 0 });
    for (const page of pages) await page.waitForSelector("[name=text]:enabled");
    await say(ada, "back again");
    await wait(bob, "Adaback again");
    await second.stop();
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
    await app.stop();
  }
});
