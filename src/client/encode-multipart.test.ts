/** A form that is written here is read by the platform as the one it was. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeMultipart } from "./encode-multipart.ts";

test("fields and files, names that need escapes, and lines", async () => {
  const form = new FormData();
  form.append("plain", "a\nb\r\nc\rd");
  form.append('na"me\r\n', "x");
  form.append("file", new File(["content\n"], 'möwe "1".txt', { type: "text/plain" }));
  form.append("blob", new Blob([new Uint8Array([0, 255])]));
  const { parts, mediaType } = encodeMultipart(form);
  const whole = new Blob(parts as (Uint8Array<ArrayBuffer> | Blob)[]);
  const read = await new Response(whole, { headers: { "content-type": mediaType } }).formData();
  const entries = [...read].map(([name, value]) => [name, value instanceof File ? [value.name, value.type] : value]);
  assert.deepEqual(entries, [
    ["plain", "a\r\nb\r\nc\r\nd"],
    ['na"me\r\n', "x"],
    ["file", ['möwe "1".txt', "text/plain"]],
    ["blob", ["blob", "application/octet-stream"]],
  ]);
  assert.equal(await (read.get("file") as File).text(), "content\n");
  assert.deepEqual(new Uint8Array(await (read.get("blob") as File).arrayBuffer()), new Uint8Array([0, 255]));
});
