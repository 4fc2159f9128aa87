/** Handshakes: the example of RFC 6455 §1.3, and what is none. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../http/http-request.ts";
import { readHandshake } from "./read-handshake.ts";

const fields: Readonly<Record<string, string>> = {
  connection: "keep-alive, Upgrade",
  upgrade: "WebSocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

function request(changed: Readonly<Record<string, string | undefined>> = {}, method = "GET"): HttpRequest {
  const all: Readonly<Record<string, string | undefined>> = { ...fields, ...changed };
  return { method, headers: { get: (name: string) => all[name] } } as unknown as HttpRequest;
}

test("reads the specification's own", () => {
  const { accept, protocols } = readHandshake(request({ "sec-websocket-protocol": "chat, superchat" }));
  assert.equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  assert.deepEqual(protocols, ["chat", "superchat"]);
  assert.deepEqual(readHandshake(request()).protocols, []);
});

test("asks for an upgrade when there is none", () => {
  for (const changed of [
    { upgrade: undefined },
    { upgrade: "h2c" },
    { connection: "close" },
    { connection: undefined },
  ]) {
    assert.throws(() => readHandshake(request(changed)), { status: 426 });
  }
  for (const method of ["HEAD", "POST"]) assert.throws(() => readHandshake(request({}, method)), { status: 426 });
  assert.throws(() => readHandshake(request({ "sec-websocket-version": "8" })), {
    status: 426,
    headers: { upgrade: "websocket", "sec-websocket-version": "13" },
  });
});

test("refuses malformed fields", () => {
  for (const key of [
    undefined,
    "",
    "dGhlIHNhbXBsZSBub25jZQ",
    `${fields["sec-websocket-key"]},x`,
    "dGhlIHNhbXBsZSBub25jZQ=\n",
  ]) {
    assert.throws(() => readHandshake(request({ "sec-websocket-key": key })), { status: 400 });
  }
  for (const names of ["", "a,", "a b", "a, a", "ü"]) {
    assert.throws(() => readHandshake(request({ "sec-websocket-protocol": names })), { status: 400 }, names);
  }
});
