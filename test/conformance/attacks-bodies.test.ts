/** Attacks on content types, JSON, forms and limits, each named after the advisory or fix that taught it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "apus";
import { z } from "zod";
import { exchange, RawConnection } from "../journey/raw-connection.ts";
import { assertPosted, attack, bodyLimit, parameterThatIsCode, takeRuns, type Attack } from "./attack-target.ts";

const formType = "application/x-www-form-urlencoded";
const item = { name: "swift", price: 1 };
const goodItem = JSON.stringify(item);
const badItem = JSON.stringify({ name: "swift", price: "free" });

/** The body is parsed under this content type, and then it is validated too. */
async function assertValidated(attacked: Attack, contentType: string): Promise<void> {
  await assertPosted(attacked, 200, ["/item", goodItem, contentType]);
  takeRuns(attacked, [item]);
  await assertPosted(attacked, 422, ["/item", badItem, contentType]);
}

attack(
  "72 CVE-2025-32442: parser and validator read one content type, whatever its case and parameters",
  async (attacked) => {
    const types = [
      "Application/JSON",
      "APPLICATION/JSON; CHARSET=UTF-8",
      'application/json;charset="utf-8"',
      "application/json ; charset=utf-8",
      "application/json;",
    ];
    for (const type of types) await assertValidated(attacked, type);
    for (const type of ["application/json ;charset", "application/json;charset=", "application/json;=utf-8"]) {
      await assertPosted(attacked, 415, ["/item", goodItem, type]);
    }
  },
);

attack("73 CVE-2026-25223: a tab and a rest behind the content type is a 415", async (attacked) => {
  await assertPosted(attacked, 415, ["/item", badItem, "application/json\ta"]);
  await assertPosted(attacked, 415, ["/item", goodItem, "application/json\ta"]);
});

attack("74 CVE-2026-3419: garbage behind the content type is a 415", async (attacked) => {
  for (const type of [
    "application/json garbage",
    "application/json, text/plain",
    "application/json/x",
    "application/json\u00a0",
  ]) {
    await assertPosted(attacked, 415, ["/item", badItem, type]);
  }
});

attack("75 CVE-2026-33806: a space before the content type does not skip the validation", async (attacked) => {
  await assertValidated(attacked, " application/json");
  if (attacked.edge === "process") return;
  for (const space of ["  ", "\t", " \t "]) {
    const head = `POST /item HTTP/1.1\r\nHost: a\r\nContent-Type:${space}application/json\r\nContent-Length: ${badItem.length}\r\n\r\n`;
    assert.equal((await exchange(attacked.client.baseUrl, head + badItem)).status, 422);
  }
});

attack("76 CVE-2022-41919: a JSON type in the parameters of another type is a 415", async (attacked) => {
  for (const type of [
    "text/plain; application/json",
    "text/plain;a=application/json",
    'text/plain; a="application/json"',
    `${formType}; application/json`,
  ]) {
    await assertPosted(attacked, 415, ["/item", goodItem, type]);
  }
});

attack("77 CVE-2022-39288: content types named like members of Object are a 415", async (attacked) => {
  for (const type of [
    "__proto__",
    "constructor",
    "toString",
    "__proto__/json",
    "hasOwnProperty/x",
    "application/__proto__",
    "/",
    "",
  ]) {
    await assertPosted(attacked, 415, ["/item", goodItem, type]);
  }
});

attack("78 CVE-2021-32677: JSON without a JSON content type is a 415", async (attacked) => {
  for (const type of [
    "text/plain",
    formType,
    "multipart/form-data; boundary=x",
    "text/json",
    "application/jsonx",
    "application/+json",
    undefined,
  ]) {
    await assertPosted(attacked, 415, ["/item", goodItem, type]);
  }
  await assertValidated(attacked, "application/merge-patch+json");
});

attack("79 CVE-2024-43787, CVE-2024-48913: a form's content type in any case, and never absent", async (attacked) => {
  await assertPosted(attacked, 200, ["/form", "name=a", "Application/X-WWW-Form-Urlencoded"]);
  takeRuns(attacked, [{ name: "a" }]);
  for (const type of [undefined, "text/plain", "application/json"]) {
    await assertPosted(attacked, 415, ["/form", "name=a", type]);
  }
});

attack("80 CVE-2025-59139: a small Content-Length does not hide a large body", async ({ client, edge }) => {
  const size = bodyLimit + 1;
  const body = JSON.stringify("x".repeat(size));
  if (edge === "process") {
    const headers = { "content-type": "application/json", "content-length": "5" };
    assert.equal((await client.fetch("/json", { method: "POST", headers, body })).status, 413);
    return;
  }
  const head =
    "POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
  await using connection = await RawConnection.open(client.baseUrl);
  void connection.send(`${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  const { status } = await connection.answer();
  assert.ok(status === 400 || status === 413, `both lengths: ${status}`);
  await connection.ended();
});

attack(
  "81 GHSA-9vqf-7f2p-gf9v: a chunked body over the limit is a 413, whatever the handler does",
  async (attacked) => {
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let sent = 0; sent <= bodyLimit; sent += 8_192) controller.enqueue(new Uint8Array(8_192).fill(0x20));
        controller.close();
      },
    });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: chunks, duplex: "half" };
    assert.equal((await attacked.client.fetch("/json", init as RequestInit)).status, 413);
    await assertPosted(attacked, 413, ["/json", `"${"x".repeat(bodyLimit)}"`, "application/json"]);
    await assertPosted(attacked, 413, ["/form", `name=${"x".repeat(bodyLimit)}`, formType]);
  },
);

attack("81 a body that nobody declared is not read, and not in the way", async (attacked) => {
  await assertPosted(attacked, 200, ["/unread", new Uint8Array(bodyLimit * 4), "application/json"]);
  takeRuns(attacked, [undefined]);
});

test("82 GHSA-v422-hmwv-36x6: a limit that is no number of bytes ends the start", async () => {
  for (const limit of [Number.NaN, -1, 1.5, Infinity, "abc", "1mb", null]) {
    assert.throws(
      () => new App({ log: false, bodyLimit: limit as number }),
      { code: "APUS_BAD_OPTION" },
      String(limit),
    );
    const app = new App({ log: false });
    app.post("/", { body: z.json(), bodyLimit: limit as number }, () => "ran");
    await assert.rejects(app.start(), { code: "APUS_BAD_OPTION" }, String(limit));
  }
});

attack("83 CVE-2024-45590: brackets in form names are letters, so that nothing nests", async (attacked) => {
  const name = `a${"[b]".repeat(10_000)}`;
  await assertPosted(attacked, 200, ["/open-form", `${name}=1`, formType]);
  takeRuns(attacked, [{ [name]: "1" }]);
  await assertPosted(attacked, 422, ["/strict-form", `name=x&${name}=1`, formType]);
});

attack("84, 113 CVE-2025-13466: more than 1000 form fields are a 413", async (attacked) => {
  const fill = (count: number): string => Array.from({ length: count }, (_, index) => `f${index}=`).join("&");
  await assertPosted(attacked, 413, ["/open-form", fill(1_001), formType]);
  await assertPosted(attacked, 413, ["/form", fill(5_000), formType]);
  await assertPosted(attacked, 200, ["/open-form", fill(1_000), formType]);
  assert.equal(Object.keys(attacked.runs.pop() as object).length, 1_000);
  await assertPosted(attacked, 422, ["/form", "&".repeat(60_000), formType]);
});

attack("85 CVE-2022-24999: bracketed __proto__ and length are names like others", async (attacked) => {
  await assertPosted(attacked, 200, ["/open-form", "a[__proto__]=b&a[length]=100000000&length=7", formType]);
  takeRuns(attacked, [{ "a[__proto__]": "b", "a[length]": "100000000", length: "7" }]);
  assert.equal((await attacked.client.fetch("/query?a[__proto__]=b&a[length]=100000000")).status, 200);
  takeRuns(attacked, [{ "a[__proto__]": "b", "a[length]": "100000000" }]);
});

attack(
  "86 CVE-2025-15284, CVE-2026-2391: one counter for every way to write an array, and commas split nothing",
  async (attacked) => {
    for (const pair of ["a[]=1", "a=1", "a[0]=1", "tags=1"]) {
      await assertPosted(attacked, 413, ["/form", Array.from({ length: 1_001 }, () => pair).join("&"), formType]);
    }
    const commas = Array.from({ length: 5_000 }, () => "1").join(",");
    await assertPosted(attacked, 200, ["/form", `name=a&tags=${commas}`, formType]);
    takeRuns(attacked, [{ name: "a", tags: [commas] }]);
  },
);

attack("87, 114 CVE-2026-8159, CVE-2024-24762: long parameters of a header are read in one pass", async (attacked) => {
  for (const parameters of [
    `; a="${"\\a".repeat(3_500)}`,
    "; ".repeat(3_500),
    `;${" ".repeat(7_000)}x`,
    `;a=${"b".repeat(7_000)};`.repeat(1),
  ]) {
    const answer = await attacked.post("/item", goodItem, `application/json${parameters}`);
    assert.ok(answer.status === 200 || answer.status === 415, String(answer.status));
  }
  attacked.runs.length = 0;
});

attack("88 CVE-2025-61726: a query of more than 1000 parameters is a 400", async ({ client, runs }) => {
  assert.equal((await client.fetch(`/query?${"a&".repeat(1_001)}`)).status, 400);
  assert.equal((await client.fetch(`/query?${"&".repeat(5_000)}`)).status, 200);
  assert.deepEqual(runs.splice(0), [{}]);
});

attack("90, 91, 95 form keys named after prototypes never become members", async (attacked) => {
  for (const name of ["__proto__", "constructor", "prototype", "%5F%5Fproto__"]) {
    await assertPosted(attacked, 200, ["/open-form", `${name}=1&${name}=2&x=y`, formType]);
    takeRuns(attacked, [{ x: "y" }]);
  }
  await assertPosted(attacked, 200, ["/open-form", "__proto__.x=1&constructor.prototype.x=2&__proto__[x]=3", formType]);
  takeRuns(attacked, [{ "__proto__.x": "1", "constructor.prototype.x": "2", "__proto__[x]": "3" }]);
  await assertPosted(attacked, 200, ["/form", "name=a&toString=1&valueOf=2&hasOwnProperty=3&constructor=4", formType]);
  takeRuns(attacked, [{ name: "a" }]);
  assert.equal(({} as { x?: string }).x, undefined);
});

attack("94 CVE-2025-66457: a name that is code is never run", async (attacked) => {
  const name = encodeURIComponent(parameterThatIsCode);
  assert.equal((await attacked.client.fetch(`/odd?${name}=5`)).status, 200);
  takeRuns(attacked, [{ [parameterThatIsCode]: 5 }]);
  assert.equal((await attacked.client.fetch(`/odd?${name}=x`)).status, 422);
  assert.equal("wasAttacked" in globalThis, false);
});

attack("139, 140 CVE-2026-22036: a compressed body is a 415, however often it says so", async ({ client }) => {
  for (const encoding of [
    "gzip",
    "identity, gzip",
    Array.from({ length: 1_000 }, () => "gzip").join(", "),
    "GZIP",
    "__proto__",
  ]) {
    const headers = { "content-type": "application/json", "content-encoding": encoding };
    assert.equal(
      (await client.fetch("/item", { method: "POST", headers, body: goodItem })).status,
      415,
      encoding.slice(0, 40),
    );
  }
});
