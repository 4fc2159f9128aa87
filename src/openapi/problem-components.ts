/** The schemas of the problem documents that errors are answered with (RFC 9457), as components that exist when used. */

import type { Issue } from "../errors/problem.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { SchemaComponents } from "./schema-components.ts";

const text: JsonSchema = { type: "string" };

const problem: JsonSchema = {
  type: "object",
  description: "What went wrong (RFC 9457).",
  properties: {
    type: { type: "string", format: "uri-reference", default: "about:blank" },
    title: text,
    status: { type: "integer" },
    detail: text,
    instance: { type: "string", format: "uri-reference" },
  },
  required: ["type", "title", "status"],
};

// A record, so that a new place of inputs cannot be forgotten here.
const places: Readonly<Record<Issue["in"], true>> = {
  path: true,
  query: true,
  header: true,
  cookie: true,
  body: true,
  form: true,
};

const issue: JsonSchema = {
  type: "object",
  properties: {
    in: { type: "string", enum: Object.keys(places) },
    pointer: { type: "string", description: "JSON Pointer (RFC 6901) inside the input.", examples: ["/items/0/price"] },
    message: text,
    code: text,
  },
  required: ["in", "pointer", "message", "code"],
};

export class ProblemComponents {
  readonly #components: SchemaComponents;
  #problem: JsonSchema | undefined;
  #validationProblem: JsonSchema | undefined;

  constructor(components: SchemaComponents) {
    this.#components = components;
  }

  /** The reference to the schema of every problem document. */
  get problem(): JsonSchema {
    this.#problem ??= this.#components.add("Problem", problem);
    return this.#problem;
  }

  /** The reference to the schema of the 422 that lists every issue. */
  get validationProblem(): JsonSchema {
    this.#validationProblem ??= this.#components.add("ValidationProblem", {
      description: "Inputs that do not fit what is declared, each with its place.",
      allOf: [
        this.problem,
        { type: "object", properties: { errors: { type: "array", items: issue } }, required: ["errors"] },
      ],
    });
    return this.#validationProblem;
  }
}
