/** What an endpoint declares: its options, the types that follow from them, and the value that a declaration returns. */

import type { UsedValues, Uses } from "../dependencies/dependency.ts";
import type { HandlerTools } from "../dependencies/handler-tools.ts";
import type { UploadFields, UploadValues } from "../multipart/upload-field.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import type { BodyFormat } from "../parameters/body-format.ts";
import type { AnySchema, InferInput, InferOutput } from "../schema/standard-schema.ts";
import type { Middleware } from "../middleware/middleware.ts";
import type { Reply } from "./reply.ts";
import type { ServerEvent } from "./server-event.ts";

/** The methods that have a declaring function of their own. */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "QUERY" | "TRACE";

/** A documented answer: its schema, or words alone, or both. */
export interface ResponseDescription {
  readonly description: string;
  readonly schema?: AnySchema;
  readonly mediaType?: string;
}

export type DeclaredResponse = AnySchema | string | ResponseDescription;

export interface ExternalDocs {
  readonly url: string;
  readonly description?: string;
}

export interface OperationOptions {
  /** Dependencies whose values the handler is given by these names. */
  readonly use?: Uses;
  /** Wraps this route alone, inside of its routers' middleware; the first one is the outermost. */
  readonly middleware?: readonly Middleware[];
  /** Path parameters; without it they come from the template alone. */
  readonly path?: AnySchema;
  readonly query?: AnySchema;
  readonly headers?: AnySchema;
  readonly cookies?: AnySchema;
  /** The schema of a JSON body; or what else it is: `rawBody()`, `streamBody()`, `jsonLinesBody()`, `csvBody()`. */
  readonly body?: AnySchema | BodyFormat;
  /** The fields of a form: `application/x-www-form-urlencoded` or `multipart/form-data`. */
  readonly form?: AnySchema;
  /** The files of a form, by name: `{ image: upload({ types: ["image/png"] }) }`. Then it is `multipart/form-data`. */
  readonly files?: UploadFields;
  /** Validates and strips what the handler returns: what it does not declare never leaves. */
  readonly response?: AnySchema;
  /** The handler yields items, sent as JSON Lines: the schema of each, which validates and strips it. */
  readonly lines?: AnySchema;
  /** The handler yields server-sent events: the schema of the data of each, which validates and strips it. */
  readonly events?: AnySchema;
  /** Further answers by status, for `reply(status, value)`. */
  readonly responses?: Readonly<Record<number, DeclaredResponse>>;
  /** Status of a plain returned value; 200, or 204 when the handler returns undefined. */
  readonly status?: number;
  /** Errors that the handler ends with (`fail(404, …)`), by status: typed in the client, documented, stripped by their schema. */
  readonly errors?: Readonly<Record<number, DeclaredResponse>>;
  /** Milliseconds until there must be an answer: then 503, and `signal` fires. No limit by default. */
  readonly timeout?: number;
  /** Largest accepted body in bytes; the app's `bodyLimit` (1 MiB) when absent. */
  readonly bodyLimit?: number;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  readonly operationId?: string;
  /** Serves the route without documenting it. */
  readonly hidden?: boolean;
  readonly externalDocs?: ExternalDocs;
  /** Example bodies by name, shown in the documentation. */
  readonly examples?: Readonly<Record<string, unknown>>;
  /** Deep-merged into the OpenAPI operation object. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** OpenAPI callbacks by name. */
  readonly callbacks?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type InputPlace = "query" | "headers" | "cookies" | "body" | "form";

/** What a handler gets of a place. */
type InputValue<Declared> = Declared extends BodyFormat<infer Value> ? Value : InferOutput<Declared>;

/** The one argument of a handler: the tools, and exactly the inputs that were declared. */
export type HandlerInput<Parameters, Options> = HandlerTools & {
  readonly path: Options extends { readonly path: infer S extends AnySchema } ? InferOutput<S> : Parameters;
} & { readonly [Place in keyof Options & InputPlace]: InputValue<Options[Place]> } & UsedValues<Options> &
  UploadValues<Options>;

/**
 * A handler: it returns what `response` takes in, a `Reply` or a platform `Response`; without `response`, anything.
 * One conditional around both functions, not around their result: the compiler then types the returned literals by the
 * schema (`kind: "small"` stays `"small"`), from the options that stand to the left.
 */
export type Handler<Parameters, Options, Result> = Options extends { readonly response: infer S extends AnySchema }
  ? (input: HandlerInput<Parameters, Options>) => MaybePromise<InferInput<S> | Reply | Response>
  : Options extends { readonly lines: infer S extends AnySchema }
    ? (input: HandlerInput<Parameters, Options>) => MaybePromise<Streamed<InferInput<S>> | Reply | Response>
    : Options extends { readonly events: infer S extends AnySchema }
      ? (
          input: HandlerInput<Parameters, Options>,
        ) => MaybePromise<Streamed<InferInput<S> | ServerEvent<InferInput<S> | undefined>> | Reply | Response>
      : (input: HandlerInput<Parameters, Options>) => Result;

/** Items one after the other: what `async function*` gives. */
export type Streamed<Item> = AsyncIterable<Item> | Iterable<Item>;

/** A declared endpoint. `path` is the template with the router's own prefix. */
export interface Operation<
  M extends string = string,
  Path extends string = string,
  Options extends OperationOptions = OperationOptions,
  Parameters = unknown,
  Result = unknown,
> {
  readonly method: M;
  readonly path: Path;
  readonly options: Options;
  readonly handler: (input: never) => unknown;
  /** `file:line` of the declaration, for messages. */
  readonly declaredAt: string;
  /** Only a type: what the client and `urlFor` need. */
  readonly "~types"?: { readonly parameters: Parameters; readonly result: Result };
}

/** Refuses option names that do not exist: a generic constraint alone would let a typing slip pass. */
export type KnownOptions<Options> = { readonly [Key in Exclude<keyof Options, keyof OperationOptions>]: never };
