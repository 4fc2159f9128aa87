/** The closed list of error codes against the source that throws them and the pages that explain them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { errorCodes } from "../src/errors/apus-error.ts";
import { checkErrorPages, checkErrorUse } from "./architecture/error-codes.ts";
import { describeFindings, readTree, type Finding } from "./architecture/source-file.ts";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

function assertNothing(findings: readonly Finding[]): void {
  if (findings.length > 0) assert.fail(describeFindings(findings));
}

test("every error code has a page that opens with its sentence, and every page a code", () => {
  assertNothing(checkErrorPages(errorCodes, readTree(root, ["docs/errors/*.md"])));
});

test("every error code is thrown somewhere, and nothing throws another", () => {
  assertNothing(checkErrorUse(errorCodes, readTree(root, ["src/**/*.ts"])));
});

test("the list of error codes is sorted and its sentences are sentences", () => {
  const codes = Object.keys(errorCodes);
  assert.deepEqual(codes, codes.toSorted());
  for (const [code, sentence] of Object.entries(errorCodes)) assert.match(sentence, /^[A-Z].*\.$/, code);
});
