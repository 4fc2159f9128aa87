/** `content-disposition`: names in both forms, and nothing of a hostile one leaves the field. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHeaderValue } from "../http/header-rules.ts";
import { buildDisposition } from "./content-disposition.ts";

test("plain names, others, and none", () => {
  assert.equal(buildDisposition("inline"), "inline");
  assert.equal(buildDisposition("attachment", "report 1.pdf"), 'attachment; filename="report 1.pdf"');
  assert.equal(
    buildDisposition("inline", "€ rates.txt"),
    `inline; filename="_ rates.txt"; filename*=UTF-8''%E2%82%AC%20rates.txt`,
  );
  assert.equal(
    buildDisposition("attachment", "😀.png"),
    `attachment; filename="_.png"; filename*=UTF-8''%F0%9F%98%80.png`,
  );
  assert.equal(
    buildDisposition("attachment", "it's (1)*é"),
    `attachment; filename="it's (1)*_"; filename*=UTF-8''it%27s%20%281%29%2A%C3%A9`,
  );
});

test("quotes, escapes and percent signs are not left to the reader", () => {
  assert.equal(
    buildDisposition("attachment", 'a"; x="b'),
    `attachment; filename="a_; x=_b"; filename*=UTF-8''a%22%3B%20x%3D%22b`,
  );
  assert.equal(buildDisposition("attachment", "50%.txt"), `attachment; filename="50_.txt"; filename*=UTF-8''50%25.txt`);
});

test("no folder, no line, no direction", () => {
  assert.equal(buildDisposition("attachment", "../../etc/passwd"), 'attachment; filename=".._.._etc_passwd"');
  assert.equal(buildDisposition("attachment", "C:\\a.txt"), 'attachment; filename="C:_a.txt"');
  assert.equal(buildDisposition("attachment", "a\r\nset-cookie: b\0.txt"), 'attachment; filename="aset-cookie: b.txt"');
  assert.equal(buildDisposition("attachment", "photo\u202egpj.exe"), 'attachment; filename="photogpj.exe"');
  for (const name of ["", ".", "..", "\0", " . ", "\u200b"]) {
    assert.equal(buildDisposition("attachment", name), 'attachment; filename="download"', JSON.stringify(name));
  }
});

test("any text gives a field that HTTP can carry, and that is not long", () => {
  const odd = [
    "\ud800",
    "\u2028",
    "\u0085",
    "\u007f",
    "é".repeat(5_000),
    "x".repeat(100_000),
    `${"n".repeat(500)}.tar.gz`,
  ];
  for (const name of odd) {
    const field = buildDisposition("attachment", name);
    checkHeaderValue("content-disposition", field);
    assert.ok(field.length < 3_000);
  }
  assert.match(buildDisposition("attachment", `${"n".repeat(500)}.pdf`), /^attachment; filename="n{196}\.pdf"$/);
});
