/** An OpenAPI 3.1 document as readonly data: the members that Apus writes, and room for all others. */

import type { JsonSchema } from "../schema/json-schema.ts";
import type { ServerDescription, TagDescription } from "./document-input.ts";

/** OpenAPI 3.1 §4.8.1. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: DocumentInfo;
  readonly servers?: readonly ServerDescription[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly webhooks?: Readonly<Record<string, PathItem>>;
  readonly components?: DocumentComponents;
  readonly tags?: readonly TagDescription[];
  readonly [member: string]: unknown;
}

/** OpenAPI 3.1 §4.8.2. */
export interface DocumentInfo {
  readonly title: string;
  readonly version: string;
  readonly [member: string]: unknown;
}

/** OpenAPI 3.1 §4.8.7. */
export interface DocumentComponents {
  readonly schemas?: Readonly<Record<string, JsonSchema>>;
  readonly [member: string]: unknown;
}

/** The methods that a path item of OpenAPI 3.1 has a member for (§4.8.9). */
export type DocumentedMethod = "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace";

/** OpenAPI 3.1 §4.8.9; operations of other methods are in `x-additional-operations`, by method. */
export type PathItem = { readonly [M in DocumentedMethod]?: OperationObject } & {
  readonly "x-additional-operations"?: Readonly<Record<string, OperationObject>>;
  readonly [member: string]: unknown;
};

/** OpenAPI 3.1 §4.8.10. */
export interface OperationObject {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: RequestBodyObject;
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly [member: string]: unknown;
}

/** OpenAPI 3.1 §4.8.12. */
export interface ParameterObject {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly required?: boolean;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly style?: string;
  readonly explode?: boolean;
  readonly schema: JsonSchema;
}

/** OpenAPI 3.1 §4.8.13. */
export interface RequestBodyObject {
  readonly required?: boolean;
  readonly content: MediaTypes;
}

/** OpenAPI 3.1 §4.8.17. */
export interface ResponseObject {
  readonly description: string;
  readonly content?: MediaTypes;
}

/** Media type objects by media type (OpenAPI 3.1 §4.8.14). */
export type MediaTypes = Readonly<Record<string, MediaTypeObject>>;

export interface MediaTypeObject {
  readonly schema?: JsonSchema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
  /** How a property of a form is sent, by its name (OpenAPI 3.1 §4.8.15). */
  readonly encoding?: Readonly<Record<string, { readonly contentType: string }>>;
  /** Of each item of a stream; `itemSchema` from OpenAPI 3.2 on. */
  readonly "x-itemSchema"?: JsonSchema;
}
