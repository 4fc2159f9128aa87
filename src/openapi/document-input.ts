/** What the OpenAPI document is built from: the app's own words and its compiled operations. */

import type { CompiledOperation } from "../operation/compile-operation.ts";
import type { ExternalDocs } from "../operation/operation.ts";
import type { AnySchema } from "../schema/standard-schema.ts";

export interface Contact {
  readonly name?: string;
  readonly url?: string;
  readonly email?: string;
}

export interface License {
  readonly name: string;
  readonly identifier?: string;
  readonly url?: string;
}

export interface ServerDescription {
  readonly url: string;
  readonly description?: string;
  readonly variables?: Readonly<
    Record<string, { readonly default: string; readonly enum?: readonly string[]; readonly description?: string }>
  >;
}

export interface TagDescription {
  readonly name: string;
  readonly description?: string;
  readonly externalDocs?: ExternalDocs;
}

/** A request that this API makes to its clients (OpenAPI 3.1 §4.8.1 `webhooks`). */
export interface Webhook {
  readonly method?: "POST" | "PUT" | "PATCH" | "DELETE" | "GET";
  readonly body?: AnySchema;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** Deep-merged into the operation object. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** The words about the API as a whole. */
export interface ApiDescription {
  readonly title?: string;
  readonly version?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly termsOfService?: string;
  readonly contact?: Contact;
  readonly license?: License;
  readonly servers?: readonly ServerDescription[];
  readonly tags?: readonly TagDescription[];
  readonly externalDocs?: ExternalDocs;
  readonly webhooks?: Readonly<Record<string, Webhook>>;
  /** Deep-merged into the whole document. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface DocumentedOperation {
  readonly compiled: CompiledOperation;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
}

export interface DocumentInput {
  readonly description: ApiDescription;
  readonly operations: readonly DocumentedOperation[];
  /** Names by which modules export operations and schemas. */
  readonly exportedNames: ReadonlyMap<object, string>;
}
