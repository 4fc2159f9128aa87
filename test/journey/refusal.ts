/** Reads the answer to inputs that were refused. */

import assert from "node:assert/strict";
import type { Issue, ValidationProblem } from "apus";

/** The issues of an answer, which must be a well-formed 422, and its whole text. */
export async function refuse(
  answer: Promise<Response>,
): Promise<{ readonly content: string; readonly issues: readonly Issue[] }> {
  const response = await answer;
  const content = await response.text();
  assert.equal(response.status, 422, content);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const problem = JSON.parse(content) as ValidationProblem;
  assert.deepEqual([problem.type, problem.title, problem.status], ["about:blank", "Unprocessable Content", 422]);
  assert.equal(
    problem.detail,
    `The request has ${problem.errors.length === 1 ? "1 issue" : `${problem.errors.length} issues`}.`,
  );
  for (const issue of problem.errors) {
    assert.deepEqual(Object.keys(issue), ["in", "pointer", "message", "code"]);
    assert.ok(issue.message.length > 3 && issue.code !== "", JSON.stringify(issue));
  }
  return { content, issues: problem.errors };
}

/** Place and pointer of each issue, sorted, each once. */
export function places(issues: readonly Issue[]): readonly string[] {
  return [...new Set(issues.map((issue) => `${issue.in} ${issue.pointer}`))].toSorted();
}
