/** The test client: cookies and redirects as a browser would, lifespans around it, in process and through a socket. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "../app/app.ts";
import { empty, redirect } from "../operation/reply.ts";
import { testClient } from "./test-client.ts";

function build(told: string[] = []): App {
  const app = new App({ log: false });
  app.lifespan(async function* () {
    told.push("start");
    yield;
    told.push("end");
  });
  app.post("/login", ({ response }) => {
    response.setCookie("session", "a b");
    response.setCookie("narrow", "1", { path: "/deep" });
    return redirect("/me", { status: 303 });
  });
  app.get("/me", ({ request }) => ({ method: request.method, cookie: request.headers.get("cookie") ?? null }));
  app.get("/deep/x", ({ request }) => ({ cookie: request.headers.get("cookie") ?? null }));
  app.get("/deeper", ({ request }) => ({ cookie: request.headers.get("cookie") ?? null }));
  app.post("/logout", ({ response }) => {
    response.deleteCookie("session");
    return empty();
  });
  app.get("/loop", () => redirect("/loop"));
  app.get("/away", () => redirect("https://elsewhere.test/x", { allowOrigins: ["https://elsewhere.test"] }));
  return app;
}

for (const socket of [false, true]) {
  const edge = socket ? "socket" : "process";

  test(`cookies are kept and redirects followed (${edge})`, async () => {
    const told: string[] = [];
    const client = await testClient(build(told), { socket });
    const read = async (path: string, init?: RequestInit): Promise<unknown> => (await client.fetch(path, init)).json();
    assert.deepEqual(await read("/login", { method: "POST" }), { method: "GET", cookie: "session=a%20b" });
    assert.equal(client.cookies.get("session"), "a%20b");
    assert.deepEqual(await read("/deep/x"), { cookie: "narrow=1; session=a%20b" });
    assert.deepEqual(await read("/deeper"), { cookie: "session=a%20b" });
    await client.fetch("/logout", { method: "POST" });
    assert.deepEqual(await read("/me"), { method: "GET", cookie: null });
    await client.close();
    assert.deepEqual(told, ["start", "end"]);
  });

  test(`the error behind a 500 is raised on request (${edge})`, async () => {
    const app = new App({ log: false });
    const mistake = new RangeError("the mistake itself");
    app.get("/boom", () => Promise.reject(mistake));
    app.get("/gone", () => empty(503 as 204));
    await using client = await testClient(app, { socket, raiseServerErrors: true });
    await assert.rejects(client.fetch("/boom"), (error) => error === mistake);
    assert.equal((await client.fetch("/gone")).status, 503);
    await client.close();
    await using other = await testClient(app, { socket });
    assert.equal((await other.fetch("/boom")).status, 500);
  });

  test(`redirects can be left alone, leave for nowhere else, and end (${edge})`, async () => {
    await using client = await testClient(build(), { socket, followRedirects: false });
    assert.equal((await client.fetch("/login", { method: "POST" })).status, 303);
    await using follower = await testClient(build(), { socket });
    assert.equal((await follower.fetch("/away")).status, 307);
    assert.equal((await follower.fetch("/loop", { redirect: "manual" })).status, 307);
    await assert.rejects(follower.fetch("/loop"), /redirected more than 20 times/);
  });
}
