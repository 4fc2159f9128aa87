/** Tests of the one form that every vendor's JSON Schema is brought into. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { originOf, rememberOrigin } from "./schema-origin.ts";
import { tidyJsonSchema } from "./tidy-json-schema.ts";

test("drops $schema and definitions that nothing refers to", () => {
  const raw = {
    $schema: "x",
    type: "object",
    properties: { $schema: { type: "string" } },
    $defs: { Unused: { type: "null" } },
  };
  assert.deepEqual(tidyJsonSchema(raw), { type: "object", properties: { $schema: { type: "string" } } });
});

test("a named schema becomes a definition, wherever it stood", () => {
  const item = { id: "Item", type: "object" };
  assert.deepEqual(tidyJsonSchema({ properties: { one: item, id: { type: "string" } }, items: item }), {
    properties: { one: { $ref: "#/$defs/Item" }, id: { type: "string" } },
    items: { $ref: "#/$defs/Item" },
    $defs: { Item: item },
  });
  assert.deepEqual(tidyJsonSchema(item), { $ref: "#/$defs/Item", $defs: { Item: item } });
  assert.deepEqual(tidyJsonSchema({ $id: "Item", type: "object" }), { $ref: "#/$defs/Item", $defs: { Item: item } });
});

test("definition keys are names only when the vendor says so", () => {
  const raw = { items: { $ref: "#/$defs/Item" }, $defs: { Item: { type: "object" } } };
  assert.deepEqual(tidyJsonSchema(raw), {
    items: { $ref: "#/$defs/__schema0" },
    $defs: { __schema0: { type: "object" } },
  });
  assert.deepEqual(tidyJsonSchema(raw, { isName: () => true }), {
    items: { $ref: "#/$defs/Item" },
    $defs: { Item: { id: "Item", type: "object" } },
  });
});

test("a recursive root becomes a definition, so that it can be embedded", () => {
  const raw = { type: "object", properties: { kids: { type: "array", items: { $ref: "#" } } } };
  assert.deepEqual(tidyJsonSchema(raw), {
    $ref: "#/$defs/__schema0",
    $defs: {
      __schema0: { type: "object", properties: { kids: { type: "array", items: { $ref: "#/$defs/__schema0" } } } },
    },
  });
  assert.deepEqual(Object.keys(tidyJsonSchema({ id: "Tree", ...raw }).$defs ?? {}), ["Tree"]);
});

test("nested $defs, bare names, $id and pointers into the schema are rewritten", () => {
  const node = { type: "object", properties: { next: { $ref: "Node" } }, $id: "Node" };
  assert.deepEqual(tidyJsonSchema({ properties: { list: { $defs: { Node: node }, $ref: "Node" } } }), {
    properties: { list: { $ref: "#/$defs/Node" } },
    $defs: { Node: { id: "Node", type: "object", properties: { next: { $ref: "#/$defs/Node" } } } },
  });
  assert.deepEqual(tidyJsonSchema({ properties: { a: { type: "string" }, b: { $ref: "#/properties/a" } } }), {
    properties: { a: { type: "string" }, b: { $ref: "#/$defs/__schema0" } },
    $defs: { __schema0: { type: "string" } },
  });
});

test("names with special characters are escaped in references", () => {
  const raw = { items: { $ref: "#/$defs/a~1b ~0c" }, $defs: { "a/b ~c": { type: "string" } } };
  assert.deepEqual(tidyJsonSchema(raw, { isName: () => true }), {
    items: { $ref: "#/$defs/a~1b ~0c" },
    $defs: { "a/b ~c": { id: "a/b ~c", type: "string" } },
  });
});

test("the same name twice is one definition when both are alike, and an error otherwise", () => {
  const a = { id: "A", type: "string" };
  assert.deepEqual(Object.keys(tidyJsonSchema({ prefixItems: [a, { ...a }] }).$defs ?? {}), ["A"]);
  assert.throws(() => tidyJsonSchema({ prefixItems: [a, { id: "A", type: "null" }] }), {
    code: "APUS_SCHEMA_NAME_CLASH",
  });
});

test("references that lead elsewhere stay as they are", () => {
  assert.deepEqual(tidyJsonSchema({ $ref: "https://example.com/item.json" }), {
    $ref: "https://example.com/item.json",
  });
  assert.deepEqual(tidyJsonSchema({ $ref: "#/$defs/Missing" }), { $ref: "#/$defs/Missing" });
});

test("the copy of a node has the node's origin", () => {
  const origin = { sources: [{}], isComplete: true };
  const item = { type: "object" };
  const raw = { items: item, properties: { named: { id: "Named" } } };
  for (const node of [raw, item, raw.properties.named]) rememberOrigin(node, origin);
  const tidy = tidyJsonSchema(raw);
  const { items, $defs } = tidy;
  const nodes = [tidy, typeof items === "object" ? items : {}, $defs?.["Named"] ?? {}];
  assert.ok(nodes.every((node) => originOf(node) === origin));
  assert.equal(originOf(tidy.properties?.["named"] ?? {}), undefined);
});
