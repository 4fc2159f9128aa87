/** Cases of FastAPI's tests of dependencies that end otherwise here, or do not apply, each with its reason. */

import type { App, ValidationProblem } from "apus";
import { testClient } from "apus/testing";

/** Tested here with another end. By FastAPI's file, and its case where the others of the file are the same. */
export const differingCases: Readonly<Record<string, string>> = {
  "test_dependency_cache: test_sub_counter_no_cache":
    "whether a value is shared is said by the dependency (`cache: false`), not by one of its uses",
  "test_dependency_contextvars: test_dependency_contextvars":
    "what a dependency sets in an AsyncLocalStorage after its first await is not seen outside of it; it gives a value",
  "test_dependency_after_yield_streaming: test_broken_session_stream_no_raise":
    "an error before the first item of a stream has its own status: 500 in place of an empty 200",
  "test_dependency_yield_scope: test_function_scope":
    'the first item of a stream is made before the head is sent, so before `until: "handler"` ends',
  "test_dependency_yield_scope: test_two_scopes": "when it ends is said by the dependency, not by one of its uses",
  "test_security_scopes_sub_dependency: test_security_scopes_sub_dependency_caching":
    "a dependency runs once, with the scopes of all its uses, in place of once for each set of scopes",
  "test_dependency_security_overrides: test_override_security":
    "a replacement in a test is given the scopes, too, and the documentation stays as it was declared",
};

/** Not tested: nothing here corresponds to it. By FastAPI's file. */
export const inapplicableFiles: Readonly<Record<string, string>> = {
  test_dependency_duplicates: "dependencies have no bodies: a request has one, and the operation declares it",
  test_dependency_partial: "closures and bound functions are ordinary functions",
  test_dependency_pep695: "about Python's types",
  test_depends_hashable: "about Python's hashes",
  test_forward_reference_type: "about Python's types",
  test_stringified_annotation_dependency: "about Python's types",
  test_dependency_after_yield_websockets: "there are no WebSockets yet",
  test_dependency_yield_scope_websockets: "there are no WebSockets yet",
  test_ws_dependencies: "there are no WebSockets yet",
};

/** One call of a new client: status and JSON. */
export async function call(app: App, path: string, init: RequestInit = {}): Promise<readonly [number, unknown]> {
  await using client = await testClient(app);
  const answer = await client.fetch(path, init);
  return [answer.status, JSON.parse((await answer.text()) || "null")];
}

/** The `detail` of a problem document. */
export function detailOf(problem: unknown): unknown {
  return (problem as { detail?: string }).detail;
}

/** Place and pointer of each issue of a 422. */
export function issuesOf(problem: unknown): readonly string[] {
  return (problem as ValidationProblem).errors.map((issue) => `${issue.in} ${issue.pointer}`);
}
