/** Attacks on where a message ends: lengths, transfer codings and chunks that two readers could understand differently. */

import {
  attackBytes,
  butOnNode,
  chunked,
  get,
  hidden,
  post,
  refused,
  understood,
  type ByteAttack,
} from "./attack-engines.ts";

/** A body of one chunk in some coding, with a request behind it that must not be found. */
const coded = (coding: string): ByteAttack => refused(post(`Transfer-Encoding: ${coding}\r\n`, `0\r\n\r\n${hidden}`));
const measured = (length: string): ByteAttack => refused(post(`Content-Length: ${length}\r\n`, "12345"));
const lengthOf = (text: string): string => `Content-Length: ${text.length}\r\n`;

attackBytes("1 CVE-2020-8287: the second of two Transfer-Encoding fields counts, so two are refused", {
  "chunked first": coded("chunked\r\nTransfer-Encoding: identity"),
  "chunked last": coded("identity\r\nTransfer-Encoding: chunked"),
  "chunked twice": coded("chunked\r\ntransfer-encoding: chunked"),
  "an empty one first": coded("\r\nTransfer-Encoding: chunked"),
});

attackBytes("5 CVE-2021-22960: a bare LF does not end a chunk extension", {
  "LF behind the extension": refused(chunked(`2;a\nxx\r\n${hidden}0\r\n\r\n`)),
  "LF inside the extension": refused(chunked("5;a\nb\r\n12345\r\n0\r\n\r\n")),
  "LF inside a quoted value": refused(chunked('5;a="\n"\r\n12345\r\n0\r\n\r\n')),
  "LF behind the size": refused(chunked("5\n12345\r\n0\r\n\r\n")),
  "CR behind the extension": refused(chunked("5;a\rb\r\n12345\r\n0\r\n\r\n")),
  "a control character in the extension": refused(chunked("5;a\u0001\r\n12345\r\n0\r\n\r\n")),
  "what the grammar allows": understood(chunked('5;a=b;c="d e";f\r\n12345\r\n0\r\n\r\n'), "POST /json 12345"),
});

attackBytes("6 CVE-2022-32213: a coding that only resembles chunked is refused", {
  ...Object.fromEntries(
    [
      "chunkedchunked",
      "xchunked",
      "chunke",
      "chunked,",
      "chunked;a=b",
      '"chunked"',
      "chunked chunked",
      "chunked, chunked",
      "chunked , identity",
      "identity",
      "\u000bchunked",
      "\u00a0chunked",
      "",
    ].map((coding) => [JSON.stringify(coding), coded(coding)]),
  ),
  "an empty element first": coded(",chunked"),
});

const extension = (bytes: number): string => `1;${"a".repeat(bytes)}\r\n`;

attackBytes("11 CVE-2024-22019: chunk extensions are counted for the request, not for the chunk", {
  "16 000 bytes in one chunk": butOnNode(
    refused(chunked(`${extension(16_000)}1\r\n0\r\n\r\n`), 413),
    "llhttp allows 16 KiB for each chunk",
    { statuses: [200, 200], runs: ["POST /json 1", "GET /last"] },
  ),
  "17 000 bytes in one chunk": refused(chunked(`${extension(17_000)}1\r\n0\r\n\r\n`), 413),
  "100 bytes in each of 100 chunks": butOnNode(
    refused(chunked(`${`${extension(100)}1\r\n`.repeat(15)}${`${extension(100)} \r\n`.repeat(85)}0\r\n\r\n`), 413),
    "llhttp counts them for each chunk; they are not kept, and the time for a request is limited",
    { statuses: [200, 200], runs: ["POST /json 111111111111111", "GET /last"] },
  ),
  "100 bytes in each of 10 chunks": understood(
    chunked(`${`${extension(100)}1\r\n`.repeat(10)}0\r\n\r\n`),
    "POST /json 1111111111",
  ),
});

attackBytes("16 CVE-2025-43859: both bytes behind the data of a chunk are looked at", {
  "any two bytes": refused(chunked(`5\r\n12345XX0\r\n\r\n${hidden}`)),
  "CR and another byte": refused(chunked("5\r\n12345\rX0\r\n\r\n")),
  "another byte and LF": refused(chunked("5\r\n12345X\n0\r\n\r\n")),
  "LF alone": refused(chunked("5\r\n12345\n0\r\n\r\n")),
  "two LF": refused(chunked("5\r\n12345\n\n0\r\n\r\n")),
  "any two bytes behind the last chunk": refused(chunked("0\r\nXX")),
  "CR and another byte behind the last chunk": refused(chunked("0\r\n\rX")),
});

attackBytes("17 CVE-2026-23527: the name of the coding is read in any case, so its body is read too", {
  Chunked: understood(post("Transfer-Encoding: Chunked\r\n", "5\r\n12345\r\n0\r\n\r\n"), "POST /json 12345"),
  CHUNKED: understood(post("TRANSFER-ENCODING: CHUNKED\r\n", "5\r\n12345\r\n0\r\n\r\n"), "POST /json 12345"),
  "with space around it": butOnNode(
    understood(post("Transfer-Encoding:\t chunked \t\r\n", "5\r\n12345\r\n0\r\n\r\n"), "POST /json 12345"),
    "llhttp takes a tab behind the coding for a part of its name",
    { statuses: [400], runs: [] },
  ),
});

attackBytes("18, 120 CVE-2021-32715: a Content-Length is nothing but digits", {
  ...Object.fromEntries(
    [
      "+3",
      "-3",
      "-1",
      "+0",
      "-0",
      "3.0",
      "3e0",
      "0x3",
      "3 3",
      "3;",
      "3\u00a0",
      "3, 3",
      "3,",
      "",
      "three",
      "Infinity",
    ].map((value) => [JSON.stringify(value), measured(value)]),
  ),
  "beyond 2^53": butOnNode(measured("9007199254740993"), "it is over the limit of a body first", {
    statuses: [413],
    runs: [],
  }),
  "beyond 2^64": measured("18446744073709551621"),
  "two that differ": measured("5\r\nContent-Length: 6"),
  "two that agree": measured("5\r\ncontent-length: 5"),
  "leading zeros, which are digits": understood(post("Content-Length: 00005\r\n", "12345"), "POST /json 12345"),
});

attackBytes(
  "19 CVE-2021-32714: the size of a chunk cannot overflow",
  {
    "17 digits": refused(chunked("fffffffffffffff05\r\n12345\r\n0\r\n\r\n")),
    "32 digits": refused(chunked(`ffffffffffffffff0000000000000005\r\n12345\r\n0\r\n\r\n`)),
    "16 digits beyond 2^53": butOnNode(
      refused(chunked("ffffffffffffffff\r\n12345\r\n0\r\n\r\n")),
      "llhttp counts to 2^64, and waits for as many bytes until the time is over",
      { statuses: [408], runs: [] },
    ),
    "17 digits that are zeros but one": butOnNode(
      refused(chunked("00000000000000005\r\n12345\r\n0\r\n\r\n")),
      "zeros in front of a number do not change it",
      { statuses: [200, 200], runs: ["POST /json 12345", "GET /last"] },
    ),
    "leading zeros, which are digits": understood(chunked("0005\r\n12345\r\n000\r\n\r\n"), "POST /json 12345"),
  },
  { headTimeout: 400, requestTimeout: 400 },
);

attackBytes("20 CVE-2021-21299: codings of which the last one is not chunked are refused", {
  "in one field": coded("chunked, gzip"),
  "in two fields": coded("chunked\r\nTransfer-Encoding: gzip"),
  "gzip alone": coded("gzip"),
  "in front of chunked": coded("gzip, chunked"),
});

attackBytes("21 CVE-2020-35863: what follows the head of a GET is its body, and not a request", {
  "of that length": understood(get(lengthOf(hidden)) + hidden, "GET /alive"),
  "of chunks": butOnNode(
    understood(
      `${get("Transfer-Encoding: chunked\r\n")}${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
      "GET /alive",
    ),
    "a body of unknown length that nobody reads ends the connection",
    { statuses: [200], runs: ["GET /alive", "GET /last"] },
  ),
  "of a HEAD": understood(get(lengthOf(hidden)).replace("GET", "HEAD") + hidden, "HEAD /alive"),
  "of a method that the path does not have": {
    input: get(lengthOf(hidden)).replace("GET", "DELETE") + hidden,
    fate: { statuses: [405, 200], runs: ["GET /last"] },
  },
  "of a path that is not there": {
    input: get(lengthOf(hidden), "/nowhere") + hidden,
    fate: { statuses: [404, 200], runs: ["GET /last"] },
  },
  "of a POST that reads none": understood(post(lengthOf(hidden), hidden).replace("/json", "/unread"), "POST /unread"),
});

attackBytes("22 CVE-2023-47627: underscores in numbers, and NUL or CR in values, are refused", {
  "length 1_0": measured("1_0"),
  "length +1_0": measured("+1_0"),
  "chunk size 0_2e": refused(chunked(`0_2e\r\n${hidden}\r\n0\r\n\r\n`)),
  "chunk size +5": refused(chunked("+5\r\n12345\r\n0\r\n\r\n")),
  "chunk size -5": refused(chunked("-5\r\n12345\r\n0\r\n\r\n")),
  "chunk size 0x5": refused(chunked("0x5\r\n12345\r\n0\r\n\r\n")),
  "chunk size with space before": refused(chunked(" 5\r\n12345\r\n0\r\n\r\n")),
  "chunk size with space behind": refused(chunked("5 \r\n12345\r\n0\r\n\r\n")),
  "no chunk size": refused(chunked(`\r\n\r\n${hidden}`)),
  "NUL in a value": refused(post("X: a\u0000b\r\nContent-Length: 5\r\n", "12345")),
  "CR in a value": refused(post("X: a\rb\r\nContent-Length: 5\r\n", "12345")),
  "LF in a value": refused(post("X: a\nb\r\nContent-Length: 5\r\n", "12345")),
});

attackBytes("23 CVE-2023-47641: Content-Length and Transfer-Encoding together are a 400 and the end", {
  "length first": refused(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden}`)),
  "coding first": refused(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", `0\r\n\r\n${hidden}`)),
  "length 0": refused(post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden}`)),
  "a length that is no number": refused(post("Content-Length: x\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
  "a coding that is not chunked": refused(post("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "12345")),
  "on a GET": refused(get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + `0\r\n\r\n${hidden}`),
  "a coding in HTTP/1.0": refused(chunked(`0\r\n\r\n${hidden}`).replace("HTTP/1.1", "HTTP/1.0")),
  "a coding in HTTP/1.0 that is to be kept": refused(
    post("Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden}`).replace(
      "HTTP/1.1",
      "HTTP/1.0",
    ),
  ),
});
