/** Receiving: texts, JSON and files from pieces of any size, where files are kept, and every limit. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, test } from "node:test";
import { array, asyncProperty, assert as check, nat, record, string, uint8Array } from "fast-check";
import { HttpError } from "../errors/http-error.ts";
import type { RequestBody } from "../http/http-request.ts";
import { memoryPerFile, memoryPerRequest } from "./file-spool.ts";
import { PartReader } from "./part-reader.ts";
import { FormReceiver, type FormContent, type FormLimits } from "./receive-form.ts";
import type { StreamedFile } from "./streamed-file.ts";
import { upload, uploads, type UploadFields } from "./upload-field.ts";

type SentPart = readonly [name: string, content: string | Uint8Array, fileName?: string | undefined, type?: string];

function encodeForm(parts: readonly SentPart[]): Buffer {
  const pieces = parts.flatMap(([name, content, fileName, type]) => {
    const quote = (text: string): string => text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
    const file = fileName === undefined ? "" : `; filename="${quote(fileName)}"`;
    const typed = type === undefined ? "" : `\r\nContent-Type: ${type}`;
    const head = `--bound\r\nContent-Disposition: form-data; name="${quote(name)}"${file}${typed}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(content), Buffer.from("\r\n")];
  });
  return Buffer.concat([...pieces, Buffer.from("--bound--\r\n")]);
}

function bodyOf(pieces: readonly Uint8Array[], length?: number): RequestBody {
  return {
    length,
    async *stream() {
      yield* pieces;
    },
    bytes: () => assert.fail("a form is read as a stream"),
  };
}

const generous: FormLimits = { total: 1e9, parts: 1_000, texts: 1_048_576 };

function createReceiver(
  pieces: readonly Uint8Array[],
  fields: UploadFields,
  limits: Partial<FormLimits> = {},
): FormReceiver {
  const all = { ...generous, ...limits };
  const settings = new Map(Object.entries(fields).map(([name, field]) => [name, field.settings]));
  return new FormReceiver(new PartReader(bodyOf(pieces), "bound", all), { uploads: settings, limits: all });
}

const receive = (
  parts: readonly SentPart[],
  fields: UploadFields,
  limits?: Partial<FormLimits>,
): Promise<FormContent> => createReceiver([encodeForm(parts)], fields, limits).receive(() => undefined);

/** Folders of this process that have not been removed. */
const listFolders = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("apus-uploads-") && name.includes(`-${process.pid}-`));

test("texts, JSON parts and files, in their order", async () => {
  const content = await receive(
    [
      ["a", "1"],
      ["a", "2", undefined, "text/plain; charset=utf-8"],
      ["j", '{"x":1}', undefined, "application/json"],
      ["j", "[]", "blob", "application/vnd.x+json"],
      ["f", "one", "1.txt", "Text/Plain"],
      ["b", ""],
      ["f", "two", "../2.txt"],
      ["g", ""],
    ],
    { f: uploads(), g: upload({ optional: true }) },
  );
  assert.deepEqual(content.texts, [
    ["a", "1"],
    ["a", "2"],
    ["b", ""],
  ]);
  assert.deepEqual(
    content.json.map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
    [
      ["j", '{"x":1}'],
      ["j", "[]"],
    ],
  );
  const files = content.files.get("f") ?? [];
  assert.deepEqual(
    files.map(({ name, type, size }) => [name, type, size]),
    [
      ["1.txt", "text/plain", 3],
      ["2.txt", "application/octet-stream", 3],
    ],
  );
  assert.deepEqual(await Promise.all(files.map((file) => file.text())), ["one", "two"]);
  assert.equal(content.files.has("g"), false, "nothing was chosen");
});

test("any form, split anywhere, is received as it was sent", async () => {
  const part = record({
    name: string({ minLength: 1, unit: "grapheme" }),
    text: string({ unit: "grapheme" }),
    bytes: uint8Array({ maxLength: 100 }),
  });
  await check(
    asyncProperty(array(part, { maxLength: 5 }), array(nat(), { maxLength: 10 }), async (parts, cuts) => {
      const form = encodeForm(
        parts.flatMap(({ name, text, bytes }): SentPart[] => [
          [`t${name}`, text],
          ["f", bytes, name],
        ]),
      );
      const places = [0, ...cuts.map((cut) => cut % (form.length + 1)), form.length].toSorted((a, b) => a - b);
      const pieces = places.slice(1).map((end, at) => form.subarray(places[at], end));
      const content = await createReceiver(pieces, { f: uploads({ maxCount: 5 }) }).receive(() => undefined);
      assert.deepEqual(
        content.texts,
        parts.map(({ name, text }) => [`t${name}`, text]),
      );
      const files = await Promise.all((content.files.get("f") ?? []).map((file) => file.bytes()));
      assert.deepEqual(
        files.map((bytes) => Buffer.from(bytes)),
        parts.map(({ bytes }) => Buffer.from(bytes)),
      );
    }),
    { numRuns: 200 },
  );
});

describe("where files are kept", () => {
  test("small ones in memory, larger ones and those beyond the request's memory on disk, all until the end", async () => {
    const sizes = [0, 1, memoryPerFile, memoryPerFile + 1, 3 * memoryPerFile];
    const many = Array.from({ length: memoryPerRequest / memoryPerFile + 2 }, () => memoryPerFile);
    for (const [list, onDisk] of [
      [sizes.slice(0, 3), false],
      [sizes, true],
      [many, true],
    ] as const) {
      const contents = list.map((size, at) => Buffer.alloc(size, at + 65));
      const receiver = createReceiver([encodeForm(contents.map((bytes): SentPart => ["f", bytes, "x"]))], {
        f: uploads({ maxCount: 99 }),
      });
      const files = (await receiver.receive(() => undefined)).files.get("f") ?? [];
      assert.equal(listFolders().length, onDisk ? 1 : 0);
      for (const [at, file] of files.entries()) {
        assert.equal(file.size, contents[at]?.length);
        // As often as wanted.
        for (let round = 0; round < 2; round += 1)
          assert.ok(Buffer.from(await file.bytes()).equals(contents[at] as Buffer));
        await assert.rejects(file.bytes(file.size - 1), (error) => error instanceof HttpError && error.status === 413);
      }
      await receiver.end();
      assert.deepEqual(listFolders(), []);
      for (const file of files) await assert.rejects(file.bytes(), /ended with its request/);
    }
  });

  test("a file that is refused on its way leaves nothing behind once the request ends", async () => {
    const receiver = createReceiver([encodeForm([["f", Buffer.alloc(300_000), "x"]])], {
      f: upload({ maxBytes: 250_000 }),
    });
    await assert.rejects(
      receiver.receive(() => undefined),
      { status: 413 },
    );
    await receiver.end();
    assert.deepEqual(listFolders(), []);
  });

  test("106 CVE-2026-3520: thousands of files are removed one after the other", async () => {
    const parts = Array.from({ length: 999 }, (): SentPart => ["f", "x", "x"]);
    const receiver = createReceiver([encodeForm(parts)], { f: uploads({ maxCount: 1_000 }) });
    assert.equal((await receiver.receive(() => undefined)).files.get("f")?.length, 999);
    await receiver.end();
    assert.deepEqual(listFolders(), []);
  });
});

const refusals: readonly (readonly [
  title: string,
  status: number,
  parts: readonly SentPart[],
  fields: UploadFields,
  limits?: Partial<FormLimits>,
])[] = [
  [
    "more parts than allowed",
    413,
    [
      ["a", ""],
      ["a", ""],
      ["a", ""],
    ],
    {},
    { parts: 2 },
  ],
  [
    "more text than allowed",
    413,
    [
      ["a", "x".repeat(50)],
      ["b", "x".repeat(50)],
    ],
    {},
    { texts: 100 },
  ],
  ["more of names than allowed", 413, [["a".repeat(101), ""]], {}, { texts: 100 }],
  ["more JSON than allowed", 413, [["a", "x".repeat(101), undefined, "application/json"]], {}, { texts: 100 }],
  ["a larger body than allowed", 413, [["a", "x".repeat(100)]], {}, { total: 100 }],
  ["a larger file than allowed", 413, [["f", "x".repeat(101), "x"]], { f: upload({ maxBytes: 100 }) }],
  [
    "more files than allowed",
    413,
    [
      ["f", "1", "x"],
      ["f", "2", "x"],
    ],
    { f: uploads({ maxCount: 1 }) },
  ],
  [
    "one file twice",
    422,
    [
      ["f", "1", "x"],
      ["f", "2", "x"],
    ],
    { f: upload() },
  ],
  ["a file that is not declared", 422, [["g", "1", "x"]], { f: upload() }],
  ["another type", 415, [["f", "1", "x", "image/png"]], { f: upload({ types: ["image/png"] }) }],
  ["text that is not UTF-8", 400, [["a", Uint8Array.of(255)]], {}],
];

for (const [title, status, parts, fields, limits] of refusals) {
  test(`${title} is a ${status}`, async () => {
    await assert.rejects(
      receive(parts, fields, limits),
      (error) => error instanceof HttpError && error.status === status,
    );
  });
}

test("limits are met exactly", async () => {
  await receive(
    [
      ["a", ""],
      ["a", ""],
    ],
    {},
    { parts: 2 },
  );
  await receive([["a", "x".repeat(99)]], {}, { texts: 100 });
  await receive([["f", "x".repeat(100), "x"]], { f: upload({ maxBytes: 100 }) });
  const form = encodeForm([["a", "x"]]);
  await createReceiver([form], {}, { total: form.length }).receive(() => undefined);
});

test("a declared length over the limit is refused before anything is read", async () => {
  const reader = new PartReader({ ...bodyOf([], 101), stream: () => assert.fail("it was read") }, "bound", {
    total: 100,
    parts: 1,
  });
  await assert.rejects(reader.nextPart(), { status: 413 });
});

test("a form that is cut short anywhere is a 400, never less", async () => {
  const form = encodeForm([
    ["a", "1"],
    ["f", "2", "x"],
  ]);
  for (let length = 0; length < form.length - 3; length += 1) {
    const receiver = createReceiver([form.subarray(0, length)], { f: upload() });
    await assert.rejects(
      receiver.receive(() => undefined),
      { status: 400 },
    );
  }
});

test("what comes before a file is shown before its bytes are read", async () => {
  const form = encodeForm([
    ["a", "1"],
    ["f", Buffer.alloc(100), "x"],
    ["b", "2"],
  ]);
  let read = 0;
  const body: RequestBody = {
    ...bodyOf([]),
    async *stream() {
      for (let at = 0; at < form.length; at += 10) {
        read = at + 10;
        yield form.subarray(at, at + 10);
      }
    },
  };
  const plan = { uploads: new Map([["f", upload().settings]]), limits: generous };
  const seen: unknown[] = [];
  await new FormReceiver(new PartReader(body, "bound", generous), plan).receive((content) => {
    seen.push([...content.texts], read < form.indexOf("\0") + 20);
  });
  assert.deepEqual(seen, [[["a", "1"]], true]);
});

describe("files that stream", () => {
  const fields = { f: upload({ stream: true, maxBytes: 500 }) };
  const open = async (parts: readonly SentPart[], more: UploadFields = fields): Promise<StreamedFile> =>
    (await receive(parts, more)).streamed?.value as StreamedFile;

  test("come as they arrive, once", async () => {
    const file = await open([
      ["a", "1"],
      ["f", "x".repeat(500), "a/x.txt", "text/plain"],
    ]);
    assert.deepEqual([file.name, file.type, file.received], ["x.txt", "text/plain", 0]);
    assert.equal(await file.text(), "x".repeat(500));
    assert.equal(file.received, 500);
    await assert.rejects(file.bytes(), /taken already/);
  });

  test("end with a 413 over their limit, and a 422 when something follows", async () => {
    await assert.rejects(async () => (await open([["f", "x".repeat(501), "x"]])).bytes(), { status: 413 });
    await assert.rejects(async () => (await open([["f", "x".repeat(50), "x"]])).bytes(49), { status: 413 });
    await assert.rejects(
      (
        await open([
          ["f", "x", "x"],
          ["a", "1"],
        ])
      ).bytes(),
      { status: 422 },
    );
  });

  test("of a list come one after the other, and what is left of one is passed over", async () => {
    const list = { f: uploads({ stream: true, maxCount: 3, minCount: 2 }) };
    const part = (text: string): SentPart => ["f", text.repeat(1_000), text];
    const run = async (parts: readonly SentPart[]): Promise<readonly unknown[]> => {
      const found: unknown[] = [];
      const all = (await receive(parts, list)).streamed?.value as AsyncIterable<StreamedFile>;
      for await (const file of all) found.push(file.name === "b" ? file.name : (await file.text()).length);
      return found;
    };
    assert.deepEqual(await run([part("a"), part("b"), part("c")]), [1_000, "b", 1_000]);
    await assert.rejects(run([part("a"), part("b"), part("c"), part("d")]), { status: 413 });
    await assert.rejects(run([part("a")]), { status: 422 });
    await assert.rejects(run([part("a"), ["t", "1"]]), { status: 422 });
  });

  test("cannot be taken when the request is over", async () => {
    const receiver = createReceiver([encodeForm([["f", "x", "x"]])], fields);
    const file = (await receiver.receive(() => undefined)).streamed?.value as StreamedFile;
    await receiver.end();
    await assert.rejects(file.bytes(), /ended with its request/);
  });
});
