/** What is left of a statement's text: no literal, and every name and placeholder. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameStatement, redactStatement } from "./redact-statement.ts";

const cases: readonly (readonly [text: string, shown: string])[] = [
  ["select * from t where a = $1 and b = ?", "select * from t where a = $1 and b = ?"],
  ["select 'it''s', \"it's\", 42, -1.5 from t2", 'select ?, "it\'s", ?, -? from t2'],
  ["select E'it\\'s secret', 'x'", "select ?, ?"],
  ["select 1 -- don't\n, 'secret'", "select ? \n, ?"],
  ["select /* don't */ 'secret'", "select  ?"],
  ["select $$secret 'x'$$", "select ?"],
  ["select $tag$secret$tag$", "select ?"],
  ["select 'never closed", "select ?"],
  ["select :name, @p1, t1.c2, u.3", "select :name, @p1, t1.c2, u.3"],
];

test("literals and comments are not shown", () => {
  for (const [text, shown] of cases) assert.equal(redactStatement(text), shown);
});

test("a long text is cut, and a hostile one takes no time", () => {
  assert.equal(redactStatement("select ".padEnd(5_000, "x")).length, 2_049);
  for (const piece of ["'", '"', "/*", "$$", "$a", "--", "1.", "E'\\"]) redactStatement(piece.repeat(100_000));
});

test("the first word is its name", () => {
  assert.equal(nameStatement("  insert into t values (1)"), "INSERT");
  assert.equal(nameStatement("(select 1)"), "SQL");
  assert.equal(nameStatement(`${"a".repeat(100)} 1`), "SQL");
});
