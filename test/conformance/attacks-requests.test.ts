/** Attacks on headers, cookies, queries, methods and logs, each named after the advisory or fix that taught it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "apus";
import { testClient } from "apus/testing";
import { createConsoleWriter } from "../../src/log/console-writer.ts";
import { createLogger } from "../../src/log/logger.ts";
import { exchange } from "../journey/raw-connection.ts";
import { assertGot, assertRaw, attack, takeRuns, type Attack } from "./attack-target.ts";

attack("88 CVE-2025-58186: thousands of cookies in one header are read in one pass", async (attacked) => {
  await assertGot(attacked, 200, ["/cookies", { cookie: "a=1;".repeat(3_900) }]);
  takeRuns(attacked, [{ a: "1" }]);
  await assertGot(attacked, 200, ["/cookies", { cookie: `${";".repeat(15_000)}a=1` }]);
  takeRuns(attacked, [{ a: "1" }]);
  const different = Array.from({ length: 1_500 }, (_, index) => `c${index}=`).join(";");
  await assertGot(attacked, 200, ["/cookies", { cookie: different }]);
  const count = Object.keys(attacked.runs.pop() as object).length;
  assert.ok(count <= 200, `${count} cookies were read`);
});

interface GivenHeaders {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly entries: readonly (readonly [string, string])[];
  readonly proto: string | undefined;
}

/** As a list, because the platform's client loses a field of this name that it is given in an object. */
async function sendField({ app, client, edge }: Attack, name: string): Promise<void> {
  const { status } =
    edge === "process"
      ? await app.fetch(
          new Request(`${client.baseUrl}/headers`, {
            headers: [
              [name, "evil"],
              ["x-one", "1"],
            ],
          }),
        )
      : await exchange(
          client.baseUrl,
          `GET /headers HTTP/1.1\r\nHost: a\r\n${name.toUpperCase()}: evil\r\nX-One: 1\r\nConnection: close\r\n\r\n`,
        );
  assert.equal(status, 200, name);
}

attack("124 CVE-2026-21710: a header named __proto__ is a header like others", async (attacked) => {
  for (const name of ["__proto__", "constructor", "hasOwnProperty", "toString"]) {
    await sendField(attacked, name);
    const [given] = attacked.runs.splice(0) as GivenHeaders[];
    assert.ok(given !== undefined);
    assert.equal(given.headers["x-one"], "1");
    assert.equal(Object.hasOwn(given.headers, "__proto__") || Object.hasOwn(given.headers, "constructor"), false);
    assert.equal(Object.getPrototypeOf(given.headers), Object.prototype);
    assert.ok(given.entries.some(([key, value]) => key === name.toLowerCase() && value === "evil"));
    assert.equal(given.proto, name === "__proto__" ? "evil" : undefined);
  }
});

attack("125 find-my-way cfe3fd6: methods named like members of Object are refused", async (attacked) => {
  const { client, edge } = attacked;
  for (const method of ["constructor", "__proto__", "toString", "valueOf", "*", "get"]) {
    if (edge === "socket") {
      await assertRaw(attacked, 400, `${method} /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    } else if (method !== "get") {
      assert.equal((await client.fetch("/alive", { method })).status, 405, method);
    }
  }
  assert.equal((await client.fetch("/alive", { method: "PATCH" })).status, 405);
});

attack(
  "130 CVE-2025-27209: integer-like and colliding names in a query are counted, then read like others",
  async (attacked) => {
    const query = Array.from({ length: 1_000 }, (_, index) => `${index}=`).join("&");
    await assertGot(attacked, 200, [`/query?${query}`]);
    assert.equal(Object.keys(attacked.runs.pop() as object).length, 1_000);
  },
);

attack("132 CVE-2025-25200: long runs of spaces in a header", async (attacked) => {
  for (const name of ["x-forwarded-host", "content-type", "accept", "traceparent", "x-request-id", "x-one"]) {
    await assertGot(attacked, 200, ["/peer", { [name]: `a${" ".repeat(8_000)},${" ".repeat(6_000)}b` }]);
    takeRuns(attacked, [undefined]);
  }
  await assertGot(attacked, 200, ["/cookies", { cookie: `a=1${" ".repeat(14_000)};b=2` }]);
  takeRuns(attacked, [{ a: "1", b: "2" }]);
  if (attacked.edge === "socket")
    await assertGot(attacked, 431, ["/peer", { "x-forwarded-host": `a${" ".repeat(100_000)}b` }]);
});

attack(
  "134 hono 50869562: a long Accept-Encoding is read in one pass, and no other list of that kind at all",
  async (attacked) => {
    const page = await (await attacked.client.fetch("/docs")).text();
    const [, script = ""] = /<script[^>]+src="([^"]+)"/.exec(page) ?? [];
    const { pathname } = new URL(script, `${attacked.client.baseUrl}/docs`);
    for (const value of [
      `br${" ".repeat(14_000)};q=1`,
      `${" ,".repeat(7_000)}br`,
      "br;".repeat(4_500),
      `br;q=0.${"0".repeat(14_000)}x`,
      Array.from({ length: 2_500 }, () => "gzip").join(","),
    ]) {
      for (const name of ["accept-encoding", "accept", "accept-language", "accept-charset"])
        await assertGot(attacked, 200, [pathname, { [name]: value }]);
    }
  },
);

attack("142 GO-2026-5039: an error's text repeats nothing of what was sent", async (attacked) => {
  const evil = "<script>evil</script>";
  const encoded = encodeURIComponent(evil);
  for (const [status, target] of [
    [404, `/${encoded}`],
    [422, `/numbers?n=${encoded}`],
    [400, `/query?${encoded}=%`],
    [400, `/${encoded}/%`],
  ] as const) {
    assert.doesNotMatch(await assertGot(attacked, status, [target]), /evil/);
  }
  for (const body of [`{"${evil}`, `["${evil}",}`, `{"name":"${evil}","price":"${evil}"}`]) {
    const answer = await attacked.post("/item", body, "application/json");
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
    assert.doesNotMatch(await answer.text(), /evil/);
  }
});

attack(
  "163, 164 CVE-2024-47764: no part of a cookie can carry another attribute or line",
  async ({ client, post }) => {
    const good = { name: "a", value: "b", path: "/", domain: "a.example" };
    for (const end of [";", "; HttpOnly", "\r\nx: y", "\n", "\u0000", " ", "\u00a0", ","]) {
      for (const part of ["name", "path", "domain"] as const) {
        // A comma is fine in a path (RFC 6265bis §4.1.1).
        if (part === "path" && end === ",") continue;
        const answer = await post(
          "/set-cookie",
          JSON.stringify({ ...good, [part]: `${good[part]}${end}` }),
          "application/json",
        );
        assert.equal(answer.status, 500, JSON.stringify([part, end]));
        assert.deepEqual(answer.headers.getSetCookie(), []);
        assert.equal(answer.headers.get("x"), null);
      }
      const answer = await post("/set-cookie", JSON.stringify({ ...good, value: `b${end}` }), "application/json");
      const [line = ""] = answer.headers.getSetCookie();
      assert.ok(line.startsWith(`a=b${encodeURIComponent(end)};`), line);
    }
    client.cookies.clear();
  },
  { logsErrors: true },
);

attack(
  "165 CVE-2023-23934: cookies without a name, or with a forged one, do not become another's",
  async (attacked) => {
    await assertGot(attacked, 200, ["/cookies", { cookie: "\u00a0id=forged; =id=nameless; id; id=real" }]);
    takeRuns(attacked, [{ "\u00a0id": "forged", id: "real" }]);
  },
);

attack("166 CVE-2026-31865: a cookie named __proto__ never becomes a member", async (attacked) => {
  await assertGot(attacked, 200, ["/cookies", { cookie: "__proto__=evil; constructor=evil; a=1" }]);
  takeRuns(attacked, [{ a: "1" }]);
});

attack("170 CVE-2026-3635: forwarded fields of a peer that nobody trusts change nothing", async (attacked) => {
  const fields = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil",
    "x-forwarded-for": "6.6.6.6",
    forwarded: "for=6.6.6.6;proto=https",
    "x-forwarded-prefix": "/evil",
  };
  const peer = JSON.parse(await assertGot(attacked, 200, ["/peer", fields])) as Record<string, string>;
  takeRuns(attacked, [undefined]);
  assert.deepEqual(peer, {
    scheme: "http",
    remoteAddress: attacked.edge === "socket" ? "127.0.0.1" : "",
    mountPath: "",
  });
});

attack("177 hono 2cf60046: requests at one time are not taken for each other", async ({ client, runs }) => {
  const numbers = Array.from({ length: 60 }, (_, index) => index);
  const answers = await Promise.all(
    numbers.map(async (number) => {
      const answer = await client.fetch(`/own/${number}`, {
        headers: { "x-one": `h${number}`, cookie: `c=${number}` },
      });
      return {
        body: await answer.json(),
        header: answer.headers.get("x-own"),
        cookies: answer.headers.getSetCookie().length,
      };
    }),
  );
  client.cookies.clear();
  const expected = numbers.map((number) => ({
    body: { path: String(number), header: `h${number}`, cookie: String(number) },
    header: String(number),
    cookies: 1,
  }));
  assert.deepEqual(answers, expected);
  assert.equal(runs.splice(0).length, 60);
});

for (const [pretty, socket] of [
  [true, "net"],
  [true, "node"],
  [false, "net"],
  [false, "node"],
] as const) {
  const form = `${pretty ? "pretty" : "JSON"}, ${socket}`;
  test(`141 CVE-2020-7694: control characters of a request do not reach the terminal (${form})`, async () => {
    let written = "";
    const stream = { write: (text: string): unknown => (written += text) };
    const app = new App({ log: createLogger(createConsoleWriter({ stream, pretty }), "debug") });
    app.get("/log/{name}", ({ path, log }) => {
      log.info(`Hello ${path.name}`, { name: path.name, nested: { [path.name]: [path.name] } });
      throw new Error(`failed for ${path.name}`, { cause: path.name });
    });
    await using client = await testClient(app, { socket });
    const target = "/log/%1b[31mowned%0a%9b%c2%9b%0dx?%1b]0;x%07=%1b".replace("%9b%c2", "%c2");
    const fields = "x-request-id: a\u009b31m\r\ntraceparent: 00-\u009b\r\n";
    const { status } = await exchange(
      client.baseUrl,
      `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`,
    );
    assert.equal(status, 500);
    assert.match(written, /owned/);
    // Colours of our own are the only escapes; a line feed inside an error's stack is one too.
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    const control = /[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[\d+m)|\u001b\[31mowned/g;
    const escapes = written.match(control);
    assert.equal(escapes, null, JSON.stringify(written));
    assert.doesNotMatch(written, /^owned|\nx/m);
  });
}
