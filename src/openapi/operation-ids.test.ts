/** Tests of naming operations. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { declareSample, documentSample } from "../../test/conformance/sample-document.ts";
import type { Operation } from "../operation/operation.ts";
import { assignOperationIds } from "./operation-ids.ts";

async function idsOf(
  operations: readonly Operation[],
  names: ReadonlyMap<object, string> = new Map(),
): Promise<unknown> {
  const documented = await Promise.all(operations.map(async (operation) => documentSample(operation)));
  return assignOperationIds(
    documented.map(({ compiled }) => compiled),
    names,
  );
}

test("the given id, the exported name, the handler's name, the path: in this order", async () => {
  const handlers = { readItem: () => 1, handler: () => 1 };
  const given = declareSample("GET /a", { operationId: "given-1" }, handlers.readItem);
  const exported = declareSample("GET /b", {}, handlers.readItem);
  const exportedAsDefault = declareSample("GET /c", {}, handlers.readItem);
  const silent = declareSample("GET /items/{id:int}", {}, handlers.handler);
  const bound = declareSample("GET /bound", {}, handlers.readItem.bind(undefined));
  const names = new Map<object, string>([
    [given, "no"],
    [exported, "listThings"],
    [exportedAsDefault, "default"],
  ]);
  assert.deepEqual(await idsOf([given, exported, exportedAsDefault, silent, bound], names), [
    "given-1",
    "listThings",
    "readItem",
    "getItemsById",
    "getBound",
  ]);
});

test("ids from paths", async () => {
  const routes = ["GET /", "POST /user-groups/{group_id}/files.{kind}", "DELETE /a/{rest:path}", "GET /größe"];
  assert.deepEqual(await idsOf(routes.map((route) => declareSample(route))), [
    "getRoot",
    "postUserGroupsByGroupIdFilesByKind",
    "deleteAByRest",
    "getGröße",
  ]);
});

test("derived ids give way: to given ones, to earlier ones, by path, then by number", async () => {
  const handlers = { list: () => 1 };
  const operations = [
    declareSample("GET /users", {}, handlers.list),
    declareSample("GET /items", {}, handlers.list),
    declareSample("GET /a-b"),
    declareSample("GET /a/b"),
    declareSample("GET /a_b"),
    declareSample("GET /last", { operationId: "list" }),
  ];
  assert.deepEqual(await idsOf(operations), ["listUsers", "listItems", "getAB", "getAB2", "getAB3", "list"]);
});

test("two operations with the same given id are an error that names both places", async () => {
  const [one, other] = [
    declareSample("GET /a", { operationId: "same" }),
    declareSample("PUT /b", { operationId: "same" }),
  ];
  await assert.rejects(idsOf([one, other]), (error: Error & { code?: string }) => {
    assert.equal(error.code, "APUS_DUPLICATE_OPERATION_ID");
    assert.ok(error.message.includes(`GET /a at ${one.declaredAt} and PUT /b at ${other.declaredAt}`), error.message);
    return true;
  });
});

test("an operation that is served twice has its name once", async () => {
  const operation = declareSample("GET /items", { operationId: "listItems" });
  const first = await documentSample(operation, { prefix: "/v1" });
  const second = await documentSample(operation, { prefix: "/v2" });
  assert.deepEqual(assignOperationIds([first.compiled, second.compiled], new Map()), ["listItems", "getV2Items"]);
});
