/** The examples and rules of RFC 9110 on ranges and conditions (§13, §14, §15.3.7, §15.5.17), in our form. */

import assert from "node:assert/strict";
import type { App } from "apus";
import type { TestClient } from "apus/testing";
import { staticFiles } from "../../src/files/static-files.ts";
import { createLoggedApp } from "../journey/collected-log.ts";
import { onEveryEdge } from "../journey/edges.ts";
import { createServedFolder, fileDate } from "../journey/served-folder.ts";

type Client = TestClient<Record<never, never>>;

/** As long as the one of §14.1.2. */
const content = Buffer.from(Array.from({ length: 10_000 }, (_, at) => at % 241));
/** As long as the one of §15.3.7.2. */
const long = Buffer.from(Array.from({ length: 500_000 }, (_, at) => at % 239));
const folder = createServedFolder({ "ten.bin": content, "long.pdf": long, "empty.bin": "" });

function build(): App {
  const app = createLoggedApp();
  app.get("/{path:path}", staticFiles(folder));
  app.post("/{path:path}", staticFiles(folder));
  return app;
}

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

async function ask(client: Client, headers: Record<string, string>, path = "/ten.bin", method = "GET"): Promise<Got> {
  const answer = await client.fetch(path, { method, headers });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

interface Part {
  readonly type: string | null;
  readonly range: string | null;
  readonly bytes: Buffer;
}

/** Reads a multipart body by its boundary alone (RFC 2046 §5.1.1), byte by byte. */
function parseParts({ headers, bytes }: Got): readonly Part[] {
  const boundary = /^multipart\/byteranges; boundary=([\w-]{1,70})$/.exec(headers.get("content-type") ?? "")?.[1];
  assert.ok(boundary !== undefined, headers.get("content-type") ?? "no type");
  const text = `\r\n${bytes.toString("latin1")}`;
  const pieces = text.split(`\r\n--${boundary}`);
  assert.equal(pieces.shift(), "", "nothing stands before the first part");
  assert.equal(pieces.pop(), "--\r\n", "the last boundary ends the content");
  return pieces.map((piece) => {
    assert.ok(piece.startsWith("\r\n"));
    const end = piece.indexOf("\r\n\r\n");
    const fields = new Headers();
    for (const line of piece.slice(2, end).split("\r\n")) {
      const colon = line.indexOf(":");
      fields.append(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    const body = Buffer.from(piece.slice(end + 4), "latin1");
    return { type: fields.get("content-type"), range: fields.get("content-range"), bytes: body };
  });
}

onEveryEdge("§14.1.2: the examples with 10,000 bytes", build, async (client) => {
  for (const [range, start, end] of [
    ["bytes=0-499", 0, 499],
    ["bytes=500-999", 500, 999],
    ["bytes=-500", 9_500, 9_999],
    ["bytes=9500-", 9_500, 9_999],
    ["bytes=9999-", 9_999, 9_999],
    ["bytes=0-", 0, 9_999],
    ["bytes=0-99999", 0, 9_999],
    ["bytes=-99999", 0, 9_999],
    // The examples of several ranges that are one.
    ["bytes= 0-999, 4500-5499, -1000", undefined, undefined],
    ["bytes=500-700,601-999", 500, 999],
  ] as const) {
    const got = await ask(client, { range });
    assert.equal(got.status, 206, range);
    if (start === undefined) {
      assert.deepEqual(
        parseParts(got).map((part) => part.range),
        ["bytes 0-999/10000", "bytes 4500-5499/10000", "bytes 9000-9999/10000"],
      );
      continue;
    }
    assert.equal(got.headers.get("content-range"), `bytes ${start}-${end}/10000`, range);
    assert.equal(got.headers.get("content-type"), "application/octet-stream");
    assert.deepEqual(got.bytes, content.subarray(start, end + 1), range);
  }
});

onEveryEdge(
  "§14.1.2: the first and the last byte, and ranges beside each other, each as a part",
  build,
  async (client) => {
    const ends = parseParts(await ask(client, { range: "bytes=0-0,-1" }));
    assert.deepEqual(ends, [
      { type: "application/octet-stream", range: "bytes 0-0/10000", bytes: content.subarray(0, 1) },
      { type: "application/octet-stream", range: "bytes 9999-9999/10000", bytes: content.subarray(9_999) },
    ]);
    const beside = parseParts(await ask(client, { range: "bytes=500-600,601-999" }));
    assert.deepEqual(Buffer.concat(beside.map(({ bytes }) => bytes)), content.subarray(500, 1_000));
  },
);

onEveryEdge("§15.3.7.2: parts in the order in which they were asked for, of one type", build, async (client) => {
  const got = await ask(client, { range: "bytes=300000-399999,0-99999" }, "/long.pdf");
  assert.equal(got.status, 206);
  assert.equal(got.headers.get("content-range"), null, "that is the parts' own");
  const parts = parseParts(got);
  assert.deepEqual(
    parts.map(({ type, range }) => [type, range]),
    [
      ["application/pdf", "bytes 300000-399999/500000"],
      ["application/pdf", "bytes 0-99999/500000"],
    ],
  );
  assert.deepEqual(
    Buffer.concat(parts.map(({ bytes }) => bytes)),
    Buffer.concat([long.subarray(300_000, 400_000), long.subarray(0, 100_000)]),
  );
});

onEveryEdge("§15.5.17: a range behind the end is a 416 that says where the end is", build, async (client) => {
  for (const range of ["bytes=10000-", "bytes=10000-10001,20000-", "bytes=-0"]) {
    const got = await ask(client, { range });
    assert.deepEqual([got.status, got.headers.get("content-range")], [416, "bytes */10000"], range);
  }
  const mixed = await ask(client, { range: "bytes=20000-,0-1" });
  assert.deepEqual([mixed.status, mixed.headers.get("content-range")], [206, "bytes 0-1/10000"]);
});

onEveryEdge("§14.2: what is no range of bytes, or not of a GET, is ignored", build, async (client) => {
  for (const range of ["seconds=0-1", "bytes", "bytes=", "bytes=a", "bytes=5-2", "bytes=0-1,5-2", "none"]) {
    const got = await ask(client, { range });
    assert.deepEqual([got.status, got.headers.get("accept-ranges"), got.bytes.length], [200, "bytes", 10_000], range);
  }
  assert.equal((await ask(client, { range: "bytes=0-1" }, "/ten.bin", "POST")).status, 200);
  const head = await ask(client, { range: "bytes=0-1" }, "/ten.bin", "HEAD");
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, "10000"]);
  const empty = await ask(client, { range: "bytes=0-" }, "/empty.bin");
  assert.deepEqual([empty.status, empty.bytes.length], [200, 0]);
});

onEveryEdge("§13.1.5: a range of another version is the whole of this one", build, async (client) => {
  const etag = (await ask(client, {})).headers.get("etag") ?? "";
  for (const condition of [etag, fileDate]) {
    const got = await ask(client, { range: "bytes=0-9", "if-range": condition });
    assert.deepEqual([got.status, got.bytes.length], [206, 10], condition);
    assert.equal(got.headers.get("etag"), etag, "the client has to know which version it is a part of");
  }
  for (const condition of [
    '"other"',
    `W/${etag}`,
    "Sun, 06 Nov 1994 08:49:38 GMT",
    "Sun, 06 Nov 1994 08:49:36 GMT",
    "x",
  ]) {
    const got = await ask(client, { range: "bytes=0-9", "if-range": condition });
    assert.deepEqual([got.status, got.bytes.length], [200, 10_000], condition);
    const behind = await ask(client, { range: "bytes=10000-", "if-range": condition });
    assert.equal(behind.status, 200, "a condition that does not hold leaves no range to refuse");
  }
});

onEveryEdge("§13.2.2: If-Match, then If-None-Match, then the range", build, async (client) => {
  const etag = (await ask(client, {})).headers.get("etag") ?? "";
  for (const [fields, status] of [
    [{ "if-match": '"x"', "if-none-match": etag }, 412],
    [{ "if-match": etag, "if-unmodified-since": "Sat, 05 Nov 1994 08:49:37 GMT" }, 206],
    [{ "if-unmodified-since": "Sat, 05 Nov 1994 08:49:37 GMT" }, 412],
    [{ "if-match": etag, "if-none-match": etag }, 304],
    [{ "if-none-match": '"x"', "if-modified-since": fileDate }, 206],
    [{ "if-modified-since": fileDate }, 304],
    [{ "if-none-match": '"x"', "if-range": '"x"' }, 200],
  ] as const) {
    const got = await ask(client, { ...fields, range: "bytes=0-9" });
    assert.equal(got.status, status, JSON.stringify(fields));
  }
});

onEveryEdge("any two ranges put together again are the content", build, async (client) => {
  for (const cut of [1, 4_999, 9_999]) {
    const first = await ask(client, { range: `bytes=0-${cut - 1}` });
    const second = await ask(client, { range: `bytes=${cut}-`, "if-range": first.headers.get("etag") ?? "" });
    assert.deepEqual(Buffer.concat([first.bytes, second.bytes]), content);
  }
});
