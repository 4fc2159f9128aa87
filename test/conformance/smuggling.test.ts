/** Requests that two readers could understand differently: the "net" engine refuses them, and never reads a body as a request. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { exchangeInMemory, type Outcome } from "./in-memory-connection.ts";

const hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

const post = (fields: string, body: string): string => `POST /first HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`;
const chunked = (body: string): string => post("Transfer-Encoding: chunked\r\n", body);

async function send(text: string): Promise<Outcome> {
  const bytes = Buffer.from(text, "latin1");
  const whole = await exchangeInMemory([bytes]);
  const drops = await exchangeInMemory(Array.from(bytes, (byte) => Buffer.from([byte])));
  assert.deepEqual(drops, whole, `byte by byte: ${JSON.stringify(text)}`);
  return whole;
}

/** Statuses in order, the last of which ends the connection. */
type Row = readonly [name: string, text: string, status: number];

/** Each is one message of unclear length or meaning; `hidden` is what an attacker wants to be read as a request. */
const refused: readonly Row[] = [
  ["CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden}`), 400],
  ["TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", `5c\r\n${hidden}\r\n0\r\n\r\n`), 400],
  ["two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", `0\r\n\r\n${hidden}`), 400],
  ["the same coding twice", post("Transfer-Encoding: chunked\r\nTransfer-encoding: chunked\r\n", "0\r\n\r\n"), 400],
  ["a list of codings", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400],
  ["a list that ends empty", post("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n"), 400],
  ["a coding with a parameter", post("Transfer-Encoding: chunked;a=b\r\n", "0\r\n\r\n"), 400],
  ["an unknown coding", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400],
  ["a quoted coding", post('Transfer-Encoding: "chunked"\r\n', "0\r\n\r\n"), 400],
  ["a coding behind a control character", post("Transfer-Encoding: \u000bchunked\r\n", "0\r\n\r\n"), 400],
  ["a coding behind NBSP", post("Transfer-Encoding: \u00a0chunked\r\n", "0\r\n\r\n"), 400],
  ["space before the colon", post("Transfer-Encoding : chunked\r\n", `0\r\n\r\n${hidden}`), 400],
  ["tab before the colon", post("Content-Length\t: 5\r\n", "hello"), 400],
  ["a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400],
  ["a folded field", post("X-A: b\r\n\tContent-Length: 5\r\n", "hello"), 400],
  ["a field that begins with space", post(" Content-Length: 5\r\n", "hello"), 400],
  ["CR alone ends a field", post("X-A: b\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400],
  ["LF alone ends a field", post("X-A: b\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400],
  ["CRCRLF ends a field", post("X-A: b\r\r\nContent-Length: 5\r\n", "hello"), 400],
  ["LF alone ends the head", "GET / HTTP/1.1\nHost: a\n\n", 400],
  ["NUL in a name", post("Content-\u0000Length: 5\r\n", "hello"), 400],
  ["NUL in a value", post("X-A: a\u0000b\r\n", ""), 400],
  ["a name that is empty", post(": 5\r\n", ""), 400],
  ["a line without a colon", post("Content-Length 5\r\n", ""), 400],
  ["a name beyond ASCII", post("X-\u00e9: 5\r\n", ""), 400],
  ["two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), 400],
  ["the same length twice", post("Content-Length: 5\r\ncontent-length: 5\r\n", "hello"), 400],
  ["a list of lengths", post("Content-Length: 5, 5\r\n", "hello"), 400],
  ...["+5", "-5", "5.0", "0x5", "5_0", "1e1", "", "５", "9007199254740993", "00000000000000005", "5 5"].map(
    (value): Row => [`length ${JSON.stringify(value)}`, post(`Content-Length: ${value}\r\n`, "hello"), 400],
  ),
  ["a coding in HTTP/1.0", chunked("0\r\n\r\n").replace("HTTP/1.1", "HTTP/1.0"), 400],
  ["two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400],
  ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["no host with an absolute target", "GET http://a/ HTTP/1.1\r\n\r\n", 400],
  ["a broken host behind an absolute target", "GET http://a/ HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
  ["two spaces in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400],
  ["a version of other digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400],
  ["a version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n", 400],
  ["two empty lines before", `\r\n\r\n${hidden}`, 400],
  ["space before the method", ` ${hidden}`, 400],
  ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["a tunnel", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501],
  ["an expectation nobody knows", post("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello"), 417],
];

test("a message whose end or meaning is unclear is refused, once, and the connection ends", async () => {
  for (const [name, text, status] of refused) {
    const outcome = await send(text);
    assert.deepEqual([outcome.statuses, outcome.isKept], [[status], false], name);
  }
});

const brokenChunks: Readonly<Record<string, string>> = {
  "no size": `\r\nhello\r\n0\r\n\r\n`,
  "a sign": "+5\r\nhello\r\n0\r\n\r\n",
  "a prefix": "0x5\r\nhello\r\n0\r\n\r\n",
  "an underscore": "0_5\r\nhello\r\n0\r\n\r\n",
  "space before the size": " 5\r\nhello\r\n0\r\n\r\n",
  "space behind the size": "5 \r\nhello\r\n0\r\n\r\n",
  "17 digits": "00000000000000005\r\nhello\r\n0\r\n\r\n",
  "a size beyond 2^53": "ffffffffffffffff\r\nhello",
  "LF alone": "5\nhello\r\n0\r\n\r\n",
  "CR alone": "5\rhello\r\n0\r\n\r\n",
  "LF in an extension": "5;a\nxx\r\nhello\r\n0\r\n\r\n",
  "CR in an extension": "5;a\rxx\r\nhello\r\n0\r\n\r\n",
  "an extension without a name": "5;\r\nhello\r\n0\r\n\r\n",
  "an extension without a value": "5;a=\r\nhello\r\n0\r\n\r\n",
  "an open quote": '5;a="b\r\nhello\r\n0\r\n\r\n',
  "text behind a quote": '5;a="b"c\r\nhello\r\n0\r\n\r\n',
  "data that is longer": `5\r\nhello!\r\n0\r\n\r\n`,
  "any two bytes behind the data": "5\r\nhelloXX0\r\n\r\n",
  "CR and another byte behind the data": "5\r\nhello\rX0\r\n\r\n",
  "a trailer that is no field": "0\r\nno colon\r\n\r\n",
  "a trailer with space before its colon": "0\r\na : b\r\n\r\n",
  "a folded trailer": "0\r\na: b\r\n c\r\n\r\n",
  "CR and another byte at the end": "0\r\n\rX",
};

test("a body that is not what the chunked coding allows is a 400 for its reader, and the end", async () => {
  for (const [name, body] of Object.entries(brokenChunks)) {
    const outcome = await send(chunked(body) + hidden);
    assert.deepEqual([outcome.statuses, outcome.isKept], [[400], false], name);
  }
});

interface Echo {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

const accepted: Readonly<Record<string, readonly [text: string, body: string]>> = {
  "a body that looks like a request": [post(`Content-Length: ${hidden.length}\r\n`, hidden), hidden],
  "a chunk that looks like a request": [chunked(`${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`), hidden],
  "the body of a GET": [post("Content-Length: 5\r\n", "hello").replace("POST", "GET"), "hello"],
  "a length with zeros": [post("Content-Length: 005\r\n", "hello"), "hello"],
  "space around a length": [post("Content-Length: \t5 \t\r\n", "hello"), "hello"],
  "a coding in capitals": [post("Transfer-Encoding: CHUNKED\r\n", "5\r\nhello\r\n0\r\n\r\n"), "hello"],
  "extensions and trailers": [
    chunked('5;a;b=c;d="e\\"\u00e9;"\r\nhello\r\n1\r\n!\r\n000;z\r\nContent-Length: 9\r\nHost: b\r\n\r\n'),
    "hello!",
  ],
  "many chunks": [chunked(`${"1\r\nx\r\n".repeat(500)}0\r\n\r\n`), "x".repeat(500)],
};

test("the request behind a body is found where the body ends", async () => {
  for (const [name, [text, body]] of Object.entries(accepted)) {
    const outcome = await send(text + hidden);
    assert.deepEqual([outcome.statuses, outcome.isKept], [[200, 200], true], name);
    const echoes = outcome.bodies.map((content) => JSON.parse(content) as Echo);
    assert.deepEqual([echoes[0]?.body, echoes[1]?.path, echoes[1]?.body], [body, "/hidden", ""], name);
  }
});

test("good requests before a malformed one are answered first", async () => {
  for (const [name, text, status] of refused) {
    const outcome = await send(hidden + hidden + text.replace(/^\r\n/, ""));
    if (name === "two empty lines before") continue;
    assert.deepEqual([outcome.statuses, outcome.isKept], [[200, 200, status], false], name);
  }
});

test("limits have their own status", async () => {
  const rows: readonly Row[] = [
    ["chunk extensions", chunked(`1;${"a".repeat(4_096)}\r\nx\r\n0\r\n\r\n`), 413],
    ["chunk extensions of many chunks", chunked(`${`1;${"a".repeat(100)}\r\nx\r\n`.repeat(41)}0\r\n\r\n`), 413],
    ["trailer bytes", chunked(`0\r\na: ${"b".repeat(4_096)}\r\n\r\n`), 431],
    ["trailer lines", chunked(`0\r\n${"a:b\r\n".repeat(33)}\r\n`), 431],
    ["header lines", post("a: b\r\n".repeat(100), ""), 431],
    ["header bytes", post(`a: ${"b".repeat(16_384)}\r\n`, ""), 431],
    ["target bytes", `GET /${"a".repeat(8_192)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ["a request line that never ends", `GET /${"a".repeat(20_000)}`, 414],
    ["method letters", `${"A".repeat(33)} / HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
  ];
  for (const [name, text, status] of rows) {
    const outcome = await exchangeInMemory([Buffer.from(text)]);
    assert.deepEqual([outcome.statuses, outcome.isKept], [[status], false], name);
  }
  const fits: readonly string[] = [
    chunked(`1;${"a".repeat(4_095)}\r\nx\r\n0\r\n\r\n`),
    chunked(`0\r\n${"a:b\r\n".repeat(32)}\r\n`),
    post("a: b\r\n".repeat(99), "").replace("POST", "GET"),
    `GET /${"a".repeat(8_191)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ];
  for (const text of fits) assert.deepEqual((await exchangeInMemory([Buffer.from(text)])).statuses, [200]);
});

test("Connection is a list of tokens in any case", async () => {
  const kept: readonly (readonly [text: string, isKept: boolean])[] = [
    ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", true],
    ["GET / HTTP/1.1\r\nHost: a\r\nConnection: CLOSE\r\n\r\n", false],
    ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\t\r\n\r\n", false],
    ["GET / HTTP/1.1\r\nHost: a\r\nConnection: te ,\tClose , x\r\n\r\n", false],
    ["GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n", false],
    ["GET / HTTP/1.1\r\nHost: a\r\nConnection: closed, not-close\r\n\r\n", true],
    ["GET / HTTP/1.0\r\n\r\n", false],
    ["GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true],
    ["GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false],
  ];
  for (const [text, isKept] of kept) {
    const outcome = await send(text);
    assert.deepEqual([outcome.statuses, outcome.isKept], [[200], isKept], text);
  }
});
