/** compression(): what is compressed, with which fields, and how streams behave. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliDecompressSync, createGunzip, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import type { ApusError } from "../errors/apus-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { answering, fieldOf, plainRequest, readContent, readText } from "../../test/journey/plain-request.ts";
import { compression, type CompressionOptions, type ContentCoding } from "./compression.ts";

const long = "swifts sleep in the air; ".repeat(200);
const decoders = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync, deflate: inflateSync };

interface Sent {
  readonly accept?: string;
  readonly method?: string;
  readonly options?: CompressionOptions;
}

async function send(response: Partial<HttpResponse>, { accept = "gzip", method = "GET", options }: Sent = {}) {
  const request = plainRequest("/", { method, headers: accept === "" ? {} : { "accept-encoding": accept } });
  return compression(options)(request, answering(response));
}

for (const coding of Object.keys(decoders) as ContentCoding[]) {
  test(`a whole body in ${coding}`, async () => {
    const given = {
      body: long,
      headers: [
        ["content-type", "application/json"],
        ["content-length", "5000"],
        ["etag", '"a"'],
      ],
    } as const;
    const answer = await send(given, { accept: coding, options: { codings: [coding] } });
    assert.equal(fieldOf(answer, "content-encoding"), coding);
    assert.equal(fieldOf(answer, "vary"), "Accept-Encoding");
    assert.equal(fieldOf(answer, "content-length"), undefined);
    assert.equal(fieldOf(answer, "etag"), 'W/"a"');
    assert.equal(decoders[coding](await readContent(answer.body)).toString(), long);
    assert.ok(answer.body instanceof Uint8Array && answer.body.length < long.length / 4);
  });

  test(`a stream in ${coding}: every piece can be read before the next one is made`, async () => {
    const pieces = ['{"a":1}\n', "é".repeat(50_000), "", '{"c":3}\n'];
    let pulled = 0;
    const body = (async function* () {
      for (const piece of pieces) {
        pulled += 1;
        yield Buffer.from(piece);
      }
    })();
    const answer = await send({ body }, { accept: coding, options: { codings: [coding] } });
    const parts: Uint8Array[] = [];
    for await (const part of answer.body as AsyncIterable<Uint8Array>) {
      if (parts.length === 0) assert.equal(pulled, 1);
      parts.push(part);
    }
    assert.equal(decoders[coding](Buffer.concat(parts)).toString(), pieces.join(""));
    assert.ok(parts.length === 3 || parts.length === 4, String(parts.length));
  });
}

test("the first piece of a stream is decoded while the source waits", async () => {
  const body = (async function* () {
    yield Buffer.from("data: 1\n\n");
    await new Promise(() => {});
  })();
  const answer = await send({ body, headers: [["content-type", "text/event-stream"]] });
  const iterator = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const first = await iterator.next();
  const decoder = createGunzip();
  decoder.write(first.value);
  const [text] = await new Promise<[Buffer]>((resolve) => decoder.once("data", (data: Buffer) => resolve([data])));
  assert.equal(text.toString(), "data: 1\n\n");
  decoder.destroy();
});

test("a source is released while it is silent, and once", async () => {
  let returns = 0;
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: async () => {
        returns += 1;
        return { done: true, value: undefined };
      },
    }),
  };
  const answer = await send({ body });
  const iterator = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  void iterator.next();
  await iterator.return?.();
  await iterator.return?.();
  assert.equal(returns, 1);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test("a reader that leaves while a piece is encoded gets nothing more, and nothing fails", async () => {
  let released = false;
  const body = (async function* () {
    try {
      for (;;) yield Buffer.alloc(200_000, "x");
    } finally {
      released = true;
    }
  })();
  const answer = await send({ body });
  const iterator = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  await iterator.next();
  const pending = iterator.next();
  // Past the source, into the encoder.
  await Promise.resolve().then(() => {});
  await iterator.return?.();
  const { done } = await pending;
  assert.equal(done, true);
  assert.equal(released, true);
});

test("a failure of the source ends the stream with it", async () => {
  const failure = new Error("the source failed");
  const body = (async function* () {
    yield Buffer.from("a");
    throw failure;
  })();
  const answer = await send({ body });
  await assert.rejects(readText(answer.body), failure);
});

test("a piece that is no bytes fails the stream, and the source is released", async () => {
  let released = false;
  const body = (async function* () {
    try {
      yield 7 as unknown as Uint8Array;
      yield { length: 1 } as unknown as Uint8Array;
    } finally {
      released = true;
    }
  })();
  await assert.rejects(readText((await send({ body })).body), TypeError);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(released, true);
});

test("what is not compressed leaves as it came", async () => {
  const cases: readonly (readonly [string, Partial<HttpResponse>])[] = [
    ["short", { body: "short" }],
    ["no content", { body: null }],
    [
      "encoded already",
      {
        body: long,
        headers: [
          ["content-type", "text/plain"],
          ["content-encoding", "br"],
        ],
      },
    ],
    ["a range", { body: long, status: 206 }],
    [
      "a range by its field",
      {
        body: long,
        headers: [
          ["content-type", "text/plain"],
          ["content-range", "bytes 0-1/2"],
        ],
      },
    ],
    [
      "no-transform",
      {
        body: long,
        headers: [
          ["content-type", "text/plain"],
          ["cache-control", "public , No-Transform"],
        ],
      },
    ],
    [
      "a digest",
      {
        body: long,
        headers: [
          ["content-type", "text/plain"],
          ["repr-digest", "sha-256=:a:"],
        ],
      },
    ],
    ["an image", { body: long, headers: [["content-type", "image/png"]] }],
    ["a video", { body: long, headers: [["content-type", "video/mp4"]] }],
    ["an archive", { body: long, headers: [["content-type", "application/zip"]] }],
    ["no type", { body: long, headers: [] }],
    ["no type that can be read", { body: long, headers: [["content-type", "text"]] }],
  ];
  for (const [why, response] of cases) {
    const answer = await send(response);
    assert.equal(answer.body, response.body, why);
    assert.deepEqual(answer.headers, response.headers ?? [["content-type", "text/plain"]], why);
  }
});

test("168 hono d9b8b4b7: vary is appended, once, also where nothing is compressed", async () => {
  for (const accept of ["", "identity", "gzip", "br;q=0"]) {
    const headers = [
      ["content-type", "text/plain"],
      ["vary", "Origin"],
    ] as const;
    const answer = await send({ body: long, headers }, { accept });
    assert.equal(fieldOf(answer, "vary"), "Origin, Accept-Encoding", accept);
  }
  for (const vary of ["Origin, accept-encoding", "*"]) {
    const answer = await send({
      body: long,
      headers: [
        ["content-type", "text/plain"],
        ["vary", vary],
      ],
    });
    assert.equal(fieldOf(answer, "vary"), vary);
  }
  assert.equal(fieldOf(await send({ status: 304, headers: [] }), "vary"), "Accept-Encoding");
});

test("HEAD has the fields of GET, without a length", async () => {
  let returned = false;
  const stream: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new Error("was read")),
      return: async () => {
        returned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  for (const body of [long, stream]) {
    const answer = await send({ body }, { method: "HEAD" });
    assert.equal(fieldOf(answer, "content-encoding"), "gzip");
    assert.equal(fieldOf(answer, "vary"), "Accept-Encoding");
    assert.equal(await readText(answer.body), "");
    assert.ok(typeof answer.body === "object" && !(answer.body instanceof Uint8Array));
  }
  assert.equal(returned, true);
});

test("a filter leaves out answers, and is only asked about those that could be compressed", async () => {
  const asked: string[] = [];
  const filter: CompressionOptions["filter"] = (request, response) => {
    asked.push(`${request.path} ${response.status}`);
    return false;
  };
  assert.equal((await send({ body: long }, { options: { filter } })).body, long);
  await send({ body: "short" }, { options: { filter } });
  assert.deepEqual(asked, ["/ 200"]);
});

test("threshold counts bytes; 0 compresses everything", async () => {
  assert.equal(fieldOf(await send({ body: "é".repeat(512) }), "content-encoding"), "gzip");
  assert.equal(fieldOf(await send({ body: "é".repeat(511) }), "content-encoding"), undefined);
  assert.equal(fieldOf(await send({ body: "a" }, { options: { threshold: 0 } }), "content-encoding"), "gzip");
});

test("finished goes on with the answer and is not called on the way", async () => {
  let calls = 0;
  const finished = (): void => {
    calls += 1;
  };
  assert.equal((await send({ body: long, finished })).finished, finished);
  assert.equal(calls, 0);
});

test("wrong options are refused when it is made", () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [{ codings: ["lzma"] }, /codings.*br, gzip, zstd, deflate/],
    [{ codings: [] }, /codings/],
    [{ threshold: -1 }, /threshold.*-1.*whole number/],
    [{ threshold: "1kb" }, /threshold.*"1kb"/],
    [{ levels: { br: 12 } }, /br.*12.*from 0 to 11/],
    [{ levels: { lzma: 1 } }, /lzma/],
    [{ filter: true }, /filter.*a function/],
    [{ encodings: ["br"] }, /encodings.*codings/],
    [null, /an object/],
  ];
  for (const [options, message] of refused) {
    assert.throws(
      () => compression(options as CompressionOptions),
      (error: ApusError) => error.code === "APUS_BAD_OPTION" && message.test(error.message),
      JSON.stringify(options),
    );
  }
});
