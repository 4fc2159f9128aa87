/** What declarations of forms with files mean: their mistakes, their limits, and when their rules are looked at. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "apus";
import { testClient } from "apus/testing";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { upload, uploads } from "../../src/multipart/upload-field.ts";
import { encodeForm, multipartType } from "./multipart-form.ts";
import { places, refuse } from "./refusal.ts";

const post = (body: Uint8Array<ArrayBuffer>): RequestInit => ({
  method: "POST",
  body,
  headers: { "content-type": multipartType },
});

test("rules over several fields wait for the fields behind the file", async () => {
  const pair = { low: z.int(), high: z.int().optional() };
  const ordered = (value: { low: number; high?: number | undefined }): boolean => (value.high ?? 5) > value.low;
  const schemas = [
    z.object(pair).refine(ordered, { path: ["low"] }),
    v.pipe(
      v.object({ low: v.pipe(v.number(), v.integer()), high: v.optional(v.number()) }),
      v.forward(v.check(ordered, "is not below"), ["low"]),
    ),
    type({ low: "number.integer", "high?": "number" }).narrow((value, context) =>
      ordered(value) ? true : context.reject({ path: ["low"], expected: "below" }),
    ),
  ];
  for (const form of schemas) {
    const joint = new App({ log: false });
    joint.post("/", { form, files: { file: upload() } }, ({ form: value }) => value as object);
    await using client = await testClient(joint);
    const send = (high: string): Promise<Response> =>
      client.fetch(
        "/",
        post(
          encodeForm([
            { name: "low", content: "7" },
            { name: "file", content: "x", fileName: "f" },
            { name: "high", content: high },
          ]),
        ),
      );
    assert.deepEqual(await (await send("9")).json(), { low: 7, high: 9 });
    assert.deepEqual(places((await refuse(send("6"))).issues), ["form /low"]);
    const { issues } = await refuse(
      client.fetch(
        "/",
        post(
          encodeForm([
            { name: "low", content: "x" },
            { name: "file", content: "x", fileName: "f" },
          ]),
        ),
      ),
    );
    assert.deepEqual(places(issues), ["form /low"]);
  }
});

test("declarations that cannot work are refused at the start, with their place", async () => {
  const mistakes: readonly (readonly [why: RegExp, options: object])[] = [
    [/declare either body or files/, { body: z.object({}), files: { a: upload() } }],
    [/files\.a is no file/, { files: { a: z.string() } }],
    [/"a" is in form and in files/, { form: z.object({ a: z.string() }), files: { a: upload() } }],
    [/only one field of files may stream/, { files: { a: upload({ stream: true }), b: upload({ stream: true }) } }],
    [
      /files\.a may have 200 bytes, which the bodyLimit of 100/,
      { bodyLimit: 100, files: { a: upload({ maxBytes: 200 }) } },
    ],
  ];
  for (const [why, options] of mistakes) {
    const wrong = new App({ log: false });
    wrong.post("/wrong", options, () => undefined);
    await assert.rejects(wrong.start(), { code: "APUS_BAD_OPTION", message: why });
    await assert.rejects(wrong.start(), { message: /POST \/wrong at .*upload-declarations\.test\.ts:\d+: / });
  }
});

test("the limits of a form: declared sizes raise the app's, the operation's own is what it says", async () => {
  const limited = new App({ log: false, bodyLimit: 1_000 });
  limited.post("/raised", { files: { a: uploads({ maxBytes: 5_000, maxCount: 2 }) } }, ({ files }) => files.a.length);
  limited.post("/own", { bodyLimit: 3_000, files: { a: upload() } }, ({ files }) => files.a.size);
  limited.post("/app", { files: { a: upload() } }, ({ files }) => files.a.size);
  await using client = await testClient(limited);
  const send = async (path: string, ...sizes: readonly number[]): Promise<number> => {
    const body = encodeForm(sizes.map((size) => ({ name: "a", content: Buffer.alloc(size), fileName: "x" })));
    return (await client.fetch(path, post(body))).status;
  };
  assert.deepEqual([await send("/raised", 5_000, 5_000), await send("/raised", 5_001)], [200, 413]);
  assert.deepEqual([await send("/own", 2_500), await send("/own", 3_000)], [200, 413]);
  assert.deepEqual([await send("/app", 500), await send("/app", 1_000)], [200, 413]);
  const text = encodeForm([{ name: "t", content: "x".repeat(1_001) }]);
  assert.equal((await client.fetch("/raised", post(text))).status, 413, "texts are held to the app's limit");
});
