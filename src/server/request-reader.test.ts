/** The request reader against a plain reference, and against itself over every split of the bytes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HttpError } from "../errors/http-error.ts";
import { isToken } from "../http/header-rules.ts";
import { defaultEngineOptions } from "./engine.ts";
import { Inbox } from "./inbox.ts";
import type { RequestHead } from "./request-head.ts";
import { RequestReader } from "./request-reader.ts";

/** What a reader makes of pieces: the head's meaning and the bytes behind it, or the status of the refusal. */
function readPieces(pieces: readonly Uint8Array[]): unknown {
  const reader = new RequestReader(defaultEngineOptions);
  const inbox = new Inbox();
  let head: RequestHead | undefined;
  try {
    for (const piece of pieces) {
      inbox.add(Buffer.from(piece));
      head ??= reader.read(inbox);
    }
  } catch (error) {
    if (error instanceof HttpError) return error.status;
    throw error;
  }
  if (head === undefined) return "incomplete";
  const { method, path, query, minor, contentLength, keepAlive, expectsContinue } = head;
  const rest = inbox.bytes.toString("latin1", inbox.start, inbox.end);
  const meaning = { method, path, query, minor, contentLength, keepAlive, expectsContinue };
  return { ...meaning, fields: [...head.entries()], rest };
}

const read = (text: string): unknown => readPieces([Buffer.from(text, "latin1")]);

/** The same in plain words, for whole heads of origin-form requests: slow, but easy to believe. */
function readPlainly(text: string): unknown {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const line = /^([A-Z-]{1,32}) (\/[!-~]*) HTTP\/1\.([01])$/.exec(first);
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test([first, ...lines].join("")) || line === null || line[2]?.includes("#"))
    return 400;
  const fields = lines.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/g, "")];
  });
  if (lines.some((field) => !isToken(field.slice(0, Math.max(field.indexOf(":"), 0))))) return 400;
  const all = (name: string): string[] => fields.filter((field) => field[0] === name).map((field) => field[1]);
  const [hosts, lengths, codings] = [all("host"), all("content-length"), all("transfer-encoding")];
  const isOld = line[3] === "0";
  if (hosts.length > 1 || (hosts.length === 0 && !isOld) || hosts.some((host) => host !== "a")) return 400;
  if (lengths.length + codings.length > 1 || lengths.some((length) => !/^[0-9]{1,15}$/.test(length))) return 400;
  if (codings.some((coding) => coding.toLowerCase() !== "chunked" || isOld)) return 400;
  const tokens = all("connection").flatMap((value) => value.toLowerCase().split(/[ \t]*,[ \t]*/));
  const [path, ...query] = (line[2] as string).split("?");
  return {
    method: line[1],
    path,
    query: query.join("?"),
    minor: Number(line[3]),
    contentLength: codings.length > 0 ? -1 : Number(lengths[0] ?? 0),
    keepAlive: !tokens.includes("close") && (!isOld || tokens.includes("keep-alive")),
    expectsContinue: false,
    fields,
    rest: text.slice(end + 4),
  };
}

const firstLines = fc.oneof(
  fc.constantFrom("GET / HTTP/1.1", "POST /a?b?c HTTP/1.1", "GET / HTTP/1.0", "M-SEARCH /%zz HTTP/1.1"),
  fc.constantFrom("GET /a#b HTTP/1.1", "GET  / HTTP/1.1", "get / HTTP/1.1", "GET / HTTP/1.1 ", "GET /\u00e9 HTTP/1.1"),
);
const names = fc.constantFrom(
  "Host",
  "host",
  "Connection",
  "Content-Length",
  "Transfer-Encoding",
  "X",
  "x-y",
  "X ",
  "",
  "é",
);
const values = fc.constantFrom(
  "a",
  "chunked",
  "5",
  "close",
  "Keep-Alive",
  "x,\tclose",
  "",
  "  a\t",
  "\u00ff",
  "\x01",
  "a\rb",
);
const heads = fc
  .tuple(firstLines, fc.array(fc.tuple(names, values), { maxLength: 4 }), fc.string())
  .map(
    ([first, fields, rest]) =>
      `${[first, "Host:a", ...fields.map((field) => field.join(":"))].join("\r\n")}\r\n\r\n${rest}`,
  );

test("a head means what the plain reference reads", () => {
  fc.assert(
    fc.property(heads, (text) => {
      const latin = Buffer.from(text, "latin1").toString("latin1");
      assert.deepEqual(read(latin), readPlainly(latin));
    }),
    { numRuns: 3_000 },
  );
});

test("any split of the bytes gives the same head, rest or refusal", () => {
  const anything = fc.oneof(
    heads,
    heads.map((text) => `\r\n${text}`),
    fc.string({ unit: "binary", maxLength: 40 }),
  );
  fc.assert(
    fc.property(anything, fc.array(fc.nat(200), { maxLength: 5 }), (text, cuts) => {
      const bytes = Buffer.from(text, "latin1");
      const whole = readPieces([bytes]);
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
      assert.deepEqual(readPieces(pieces), whole);
      assert.deepEqual(readPieces(Array.from(bytes, (byte) => Buffer.from([byte]))), whole);
    }),
    { numRuns: 1_500 },
  );
});

test("fields are looked up by name in any case, repeated ones joined, and nothing inherited is found", () => {
  const reader = new RequestReader(defaultEngineOptions);
  const inbox = new Inbox();
  const lines = ["Host: a", "X-One: 1", "x-one:\t2 ", "Cookie: a=1", "COOKIE: b=2", "__proto__: p", "Empty:"];
  inbox.add(Buffer.from(`GET / HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`));
  const head = reader.read(inbox) as RequestHead;
  assert.equal(head.get("x-one"), "1, 2");
  assert.equal(head.get("cookie"), "a=1; b=2");
  assert.deepEqual(head.all("x-one"), ["1", "2"]);
  assert.equal(head.get("__proto__"), "p");
  assert.equal(head.get("empty"), "");
  assert.deepEqual(
    [head.get("constructor"), head.get("x"), head.get("x-one: 1"), head.all("y")],
    [undefined, undefined, undefined, []],
  );
  assert.equal(inbox.size, 0);
});

test("the authority of an absolute target takes the place of Host", () => {
  const text = "GET http://B.example:81?x HTTP/1.1\r\nHost: a\r\n\r\n";
  assert.deepEqual(read(text), {
    ...(read("GET /?x HTTP/1.1\r\nHost: a\r\n\r\n") as object),
    fields: [["host", "B.example:81"]],
  });
});

test("an incomplete head is not read from its start again", () => {
  const reader = new RequestReader({ ...defaultEngineOptions, maxHeaderBytes: 2_000_000 });
  const inbox = new Inbox();
  const started = performance.now();
  inbox.add(Buffer.from("GET / HTTP/1.1\r\nHost: a\r\nX: "));
  for (let count = 0; count < 500_000; count += 1) {
    inbox.add(Buffer.from("x"));
    assert.equal(reader.read(inbox), undefined);
  }
  // Quadratic work would take minutes.
  assert.ok(performance.now() - started < 20_000);
});
