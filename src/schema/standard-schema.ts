/** The shapes of Standard Schema 1.1 and Standard JSON Schema that Apus reads, from the specification at standardschema.dev. */

/** Any schema whose vendor speaks Standard Schema (Zod, Valibot, ArkType, …). */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly jsonSchema?: StandardJsonSchema | undefined;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint that takes every vendor's schema
export type AnySchema = StandardSchema<any, any>;

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

interface JsonSchemaOptions {
  readonly target: string;
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

export interface StandardJsonSchema {
  readonly input: (options: JsonSchemaOptions) => Record<string, unknown>;
  readonly output: (options: JsonSchemaOptions) => Record<string, unknown>;
}

/** What a client sends. Reads the type by its key: an `infer` in its place costs the compiler a quarter more. */
export type InferInput<S> = S extends {
  readonly "~standard": { readonly types?: { readonly input: unknown } | undefined };
}
  ? NonNullable<S["~standard"]["types"]>["input"]
  : unknown;

/** What a handler gets. */
export type InferOutput<S> = S extends {
  readonly "~standard": { readonly types?: { readonly output: unknown } | undefined };
}
  ? NonNullable<S["~standard"]["types"]>["output"]
  : unknown;
