/** Attacks on the head of a request: lines that end early or late, names and numbers that are none, hosts and targets that move the path. */

import {
  attackBytes,
  butOnNode,
  get,
  hidden,
  post,
  refused,
  refusedOnly,
  understood,
  type ByteAttack,
} from "./attack-engines.ts";

const fields = (lines: string): ByteAttack => refused(post(lines, `12345${hidden}`));
const tableOf = (texts: readonly string[], build: (text: string) => ByteAttack): Record<string, ByteAttack> =>
  Object.fromEntries(texts.map((text) => [JSON.stringify(text), build(text)]));
/** What `node:http` lets through is refused behind it: the head was read to its end by then, so the next one is found. */
const byTheEngine = (attack: ByteAttack, status = 400): ByteAttack =>
  butOnNode(attack, "the head is well framed, so that the connection can be kept", refusedOnly(status));

attackBytes("2 CVE-2020-8201: a control character in a field name is a 400", {
  ...tableOf(["\r", "\n", "\u0000", "\u0001", "\u007f", "\r\n", "\t", "\u000b"], (control) =>
    fields(`Content${control}Length: 5\r\n`),
  ),
  "CR at the end of a name": fields("Content-Length\r: 5\r\n"),
  "NUL at the end of a name": fields("Content-Length\u0000: 5\r\n"),
});

attackBytes("4 CVE-2021-22959: a space before the colon is a 400", {
  ...tableOf(
    ["Content-Length : 5", "Content-Length\t: 5", "Content-Length \t : 5", "Transfer-Encoding : chunked"],
    (line) => fields(`${line}\r\n`),
  ),
  "in the first field": refused("GET /alive HTTP/1.1\r\nHost : a\r\n\r\n"),
  "in a field that frames nothing": refused(get("X : y\r\n")),
});

attackBytes("7 CVE-2022-32214: a bare LF does not end a field", {
  "behind a value": fields("X: y\nContent-Length: 5\r\n"),
  "behind a coding": refused(post("Transfer-Encoding: chunked\n", `\r\n0\r\n\r\n${hidden}`)),
  "behind the request line": refused("GET /alive HTTP/1.1\nHost: a\r\n\r\n"),
  "behind every line": refused("GET /alive HTTP/1.1\nHost: a\n\n"),
  "as the empty line": refused(`GET /alive HTTP/1.1\r\nHost: a\r\n\n${hidden}`),
  "twice in a value": refused(`GET /alive HTTP/1.1\r\nHost: a\r\nX:\n\n${hidden}`),
});

attackBytes("8 CVE-2022-32215: a folded field is a 400", {
  "a coding on the next line": refused(post("Transfer-Encoding:\r\n chunked\r\n", `0\r\n\r\n${hidden}`)),
  "a coding behind a tab": refused(post("Transfer-Encoding:\r\n\tchunked\r\n", `0\r\n\r\n${hidden}`)),
  "a coding that goes on": refused(post("Transfer-Encoding: chunked\r\n , identity\r\n", `0\r\n\r\n${hidden}`)),
  "a length on the next line": fields("Content-Length:\r\n 5\r\n"),
  "a field that frames nothing": refused(get("X: a\r\n b\r\n")),
  "an empty folded line": refused(get("X: a\r\n \r\n")),
});

attackBytes("9 CVE-2022-35256: a bare CR does not end a field", {
  "in front of a length": fields("X: y\rContent-Length: 5\r\n"),
  "in front of a coding": refused(post("X: y\rTransfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden}`)),
  "behind a value": fields("Content-Length: 5\r\r\n"),
  "behind the request line": refused("GET /alive HTTP/1.1\rHost: a\r\n\r\n"),
});

attackBytes("10 CVE-2023-30589: a CR behind the colon does not end a field", {
  "in front of a coding": refused(post("X:\rTransfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden}`)),
  "in front of a length": fields("X:\rContent-Length: 5\r\n"),
  "in front of the value": fields("Content-Length:\r5\r\n"),
});

attackBytes("12 CVE-2024-27982: a space before a field name is a 400", {
  "before a length": fields(" Content-Length: 5\r\n"),
  "before a coding": refused(post(" Transfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden}`)),
  "before the first field": refused("GET /alive HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n"),
  "a tab before the first field": refused("GET /alive HTTP/1.1\r\n\tContent-Length: 5\r\nHost: a\r\n\r\n12345"),
  "before the method": refused(` ${get("")}`),
});

attackBytes("13 CVE-2025-23167: CRLF CR and any byte do not end a head", {
  "a letter": refused(`GET /alive HTTP/1.1\r\nHost: a\r\n\rX${hidden}`),
  "a method": refused(`GET /alive HTTP/1.1\r\nHost: a\r\n\r${hidden}`),
  "another CR": refused(`GET /alive HTTP/1.1\r\nHost: a\r\n\r\r\n${hidden}`),
});

/** `node:http` reads the next request ahead, and runs it, but its answer is not sent. */
const alsoLast = (attack: ByteAttack): ByteAttack =>
  butOnNode(attack, "the next request was read ahead; its answer is not sent", {
    statuses: attack.fate.statuses,
    runs: [...attack.fate.runs, "GET /last"],
  });

const many = (count: number): string => "X:y\r\n".repeat(count);

attackBytes("14 CVE-2026-58044: too many fields are a 431, and none of them is left out", {
  "a length behind 2000 fields": byTheEngine(refused(post(`${many(2_000)}Content-Length: 5\r\n`, "12345"), 431), 431),
  "a coding behind 2000 fields": alsoLast(
    refused(post(`${many(2_000)}Transfer-Encoding: chunked\r\n`, "5\r\n12345\r\n0\r\n\r\n"), 431),
  ),
  "one field too many": byTheEngine(refused(get(many(100)), 431), 431),
  "as many as there may be": understood(get(many(99)), "GET /alive"),
  "a length behind as many as there may be": understood(
    post(`${many(97)}Content-Length: 5\r\n`, "12345"),
    "POST /json 12345",
  ),
  "a block of 17 000 bytes": refused(get(`X: ${"y".repeat(17_000)}\r\n`), 431),
});

const closing = (lines: string): ByteAttack => ({
  input: get(lines),
  fate: { statuses: [200], runs: ["GET /alive"] },
});
attackBytes("15 llhttp 9.4.2: the options of Connection are trimmed tokens in any case", {
  "a tab behind": closing("Connection: close\t\r\n"),
  "spaces and tabs around": closing("Connection: \t close \t \r\n"),
  "in capitals": closing("CONNECTION: CLOSE\r\n"),
  "in a list": closing("Connection: te ,\tClose , x\r\n"),
  "in the second field": closing("Connection: x\r\nConnection: close\r\n"),
  "beside keep-alive": closing("Connection: keep-alive, close\r\n"),
  "words that only resemble it": understood(get("Connection: closed, not-close, clos e\r\n"), "GET /alive"),
});

attackBytes("24 CVE-2024-23829: digits, methods and versions are ASCII", {
  ...tableOf(["\u00b2", "5\u00b2", "\u00d9\u00a5", "\u00ef\u00bc\u0095"], (digits) =>
    fields(`Content-Length: ${digits}\r\n`),
  ),
  ...tableOf(
    [
      "HTTP/1.\u00b9",
      "HTTP/1.1\u00a0",
      "HTTP/1.10",
      "HTTP/1.",
      "HTTP/11",
      "HTTP/1,1",
      "http/1.1",
      "HTTP/+1.1",
      "HTTP/1.1\t",
      "HTTQ/1.1",
    ],
    (version) => refused(`GET /alive ${version}\r\nHost: a\r\n\r\n`),
  ),
  ...tableOf(
    ["G\u00cbT", "GET\u00a0", "G=:(e),[T]", "get", "GET\u0000", '"GET"', "G@T", "GE T", "\u00ffGET", ""],
    (method) => refused(`${method} /alive HTTP/1.1\r\nHost: a\r\n\r\n`),
  ),
  "a field name beyond ASCII": refused(get("X\u00e9: y\r\n")),
  "a target beyond ASCII": refused(get("", "/al\u00efve")),
});

const hostless = (target: string): ByteAttack => alsoLast(refused(`GET ${target} HTTP/1.1\r\n\r\n`));

attackBytes("27 RFC 9112 §3.2: exactly one Host", {
  "two that differ": byTheEngine(refused(get("Host: b\r\n"))),
  "two that agree": byTheEngine(refused(get("host: a\r\n"))),
  "two apart": byTheEngine(refused(get("X: y\r\nHOST: b\r\n"))),
  none: hostless("/alive"),
  "none, because the target is absolute": hostless("http://a/alive"),
  "two behind an absolute target": byTheEngine(refused(get("Host: b\r\n", "http://a/alive"))),
});

const hosted = (host: string): ByteAttack => byTheEngine(refused(`GET /alive HTTP/1.1\r\nHost: ${host}\r\n\r\n`));

attackBytes("28, 30, 131 CVE-2026-48710, CVE-2024-32652: a Host that is no host is a 400, and no URL is made of it", {
  ...tableOf(
    [
      "a/admin",
      "a/admin?",
      "a?b",
      "a#",
      "user@a",
      "@",
      "a b",
      "a, b",
      "[",
      "[::1",
      "[::1]x",
      "a]b",
      "a:b",
      "a:80:80",
      "a:123456",
      "http://a",
      "a\\b",
      "a<b>",
      "\u00ff",
      '"a"',
      "a^b",
    ],
    hosted,
  ),
  "a port beyond 65535": butOnNode(
    refused("GET /alive HTTP/1.1\r\nHost: a:99999\r\n\r\n"),
    "five digits are a port to it; no URL is made of them",
    { statuses: [200, 200], runs: ["GET /alive", "GET /last"] },
  ),
  "a bad IDN": understood("GET /alive HTTP/1.1\r\nHost: xn--0.pt\r\n\r\n", "GET /alive"),
  "a port": understood("GET /alive HTTP/1.1\r\nHost: a.example:8000\r\n\r\n", "GET /alive"),
  "an IPv6 address": understood("GET /alive HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /alive"),
  "an empty one": understood("GET /alive HTTP/1.1\r\nHost:\r\n\r\n", "GET /alive"),
});

const aimed = (target: string): ByteAttack => byTheEngine(refused(get("", target)));

attackBytes("29 CVE-2026-54282: a target that is neither a path nor an absolute URL is a 400", {
  ...tableOf(
    ["@google.com", "@google.com/alive", "alive", "a/alive", "?x", "http:alive", "a:80", "\\\\a\\alive"],
    (target) => refused(get("", target)),
  ),
  ...tableOf(["*", "http:///alive", "ftp://a/alive", "/alive#x", "/alive#"], aimed),
  "a space in the target": refused("GET /alive /x HTTP/1.1\r\nHost: a\r\n\r\n"),
  CONNECT: butOnNode(refused("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501), "the connection just ends", {
    statuses: [],
    runs: [],
  }),
  "two slashes, which are a path": {
    input: get("", "//google.com/alive"),
    fate: { statuses: [404, 200], runs: ["GET /last"] },
  },
});

attackBytes("59 fast-uri: an authority in the target is one, or a 400, and stands in the place of Host", {
  "a bracket that stays open": aimed("http://[::1/alive"),
  "no IPv6 address in brackets": aimed("http://[::g]/alive"),
  "text behind the brackets": aimed("http://[::1]a/alive"),
  "a port that is none": aimed("http://a:b/alive"),
  "a port beyond 65535": aimed("http://a:99999/alive"),
  "a broken escape": aimed("http://a%zz/alive"),
  "a backslash": refused(get("", "http://a\\@b/alive")),
  "an IDN that is none": understood(get("", "http://xn--0.pt/alive"), "GET /alive"),
  "another host than the field": understood(get("", "http://b:81/host"), "GET /host b:81"),
});

attackBytes("31 absolute targets with user information are a 400", {
  ...tableOf(
    [
      "http://user:pass@h/alive",
      "http://user@h/alive",
      "http://@h/alive",
      "http://:@h/alive",
      "http://h:80@evil/alive",
      "HTTPS://user@h/alive",
    ],
    aimed,
  ),
  "without user information": understood(get("", "http://h/alive"), "GET /alive"),
});
