/** Types of the typed client: from a module's exported operations to calls, by keyed tables. */

import type { Dependency } from "../dependencies/dependency.ts";
import type { Problem, ValidationProblem } from "../errors/problem.ts";
import type { UploadInputs } from "../multipart/upload-field.ts";
import type { OperationOptions } from "../operation/operation.ts";
import type { BodyFormat } from "../parameters/body-format.ts";
import type { Reply } from "../operation/reply.ts";
import type { ClientEvent } from "./read-items.ts";
import type { ClientSocket, ConnectSettings } from "./socket-types.ts";
import type { AnySchema, InferInput, InferOutput } from "../schema/standard-schema.ts";

/** What the client reads of an operation; a structural subset, so that the look-up stays cheap. */
interface ClientOperation {
  readonly method: string;
  readonly path: string;
  readonly options: OperationOptions;
  readonly "~types"?: { readonly parameters: unknown; readonly result: unknown };
}

/**
 * The module's operations of one method, keyed by path.
 * A keyed table is built once and looked up; scanning a union of all operations would cost each call again.
 */
export type MethodTable<Module, M extends string> = {
  [
    Name in keyof Module as Module[Name] extends { readonly method: M; readonly path: infer Path extends string }
      ? Path
      : never
  ]: Module[Name];
};

type Place = "query" | "headers" | "cookies" | "body" | "form";

type TypesOf<Op> = Op extends { readonly "~types"?: infer T } ? NonNullable<T> : never;
type OptionsOf<Op> = Op extends { readonly options: infer Options } ? Options : never;
type ParametersOf<Op> =
  OptionsOf<Op> extends { readonly path: infer S extends AnySchema }
    ? InferInput<S>
    : TypesOf<Op> extends { readonly parameters: infer Parameters }
      ? Parameters
      : never;

/** Keeps a member optional when everything in it is. */
type Member<Name extends string, Value> = undefined extends Value
  ? { readonly [N in Name]?: Value }
  : Record<never, never> extends Value
    ? { readonly [N in Name]?: Value }
    : { readonly [N in Name]: Value };

type OwnInput<Options, P extends Place> = Options extends { readonly [N in P]: infer S extends AnySchema }
  ? InferInput<S>
  : unknown;

/** The options of every dependency that these options use, and of those that they use. */
type UsedOptions<Options> = Options extends { readonly use: infer U }
  ? { [Name in keyof U]: U[Name] extends Dependency<unknown, infer Used> ? Used | UsedOptions<Used> : never }[keyof U]
  : never;

type UsedInput<Used, P extends Place> = Used extends { readonly [N in P]: infer S extends AnySchema }
  ? (input: Used extends { readonly optional: true } ? Partial<InferInput<S>> : InferInput<S>) => void
  : never;

/** What all the functions of a union take. */
type JoinInputs<Functions> = [Functions] extends [never]
  ? unknown
  : [Functions] extends [(input: infer Joined) => void]
    ? Joined
    : unknown;

type InputMember<Options, P extends Place> = Options extends { readonly [N in P]: infer S extends AnySchema }
  ? Member<P, InferInput<S>>
  : unknown;

/** Rows and bytes bring what else the call has to say of them. */
type BodyMember<Options> = Options extends { readonly body: infer S extends AnySchema }
  ? Member<"body", InferInput<S>>
  : FormatMember<Options>;

type FormatMember<Options> = Options extends { readonly body: BodyFormat<unknown, infer Sent> } ? Sent : unknown;

type PlainInput<Options> = InputMember<Options, "query"> &
  InputMember<Options, "headers"> &
  InputMember<Options, "cookies"> &
  BodyMember<Options> &
  InputMember<Options, "form">;

/** An operation's inputs of one place, and those of its dependencies. */
type JoinedMember<Options, P extends Place> = MemberOf<
  P,
  OwnInput<Options, P> & JoinInputs<UsedInput<UsedOptions<Options>, P>>
>;

type MemberOf<P extends Place, Input> = unknown extends Input ? unknown : Member<P, Input>;

type JoinedInput<Options> = JoinedMember<Options, "query"> &
  JoinedMember<Options, "headers"> &
  JoinedMember<Options, "cookies"> &
  JoinedMember<Options, "body"> &
  FormatMember<Options> &
  JoinedMember<Options, "form">;

/** Looks for dependencies only where there are any: most operations use none. */
type PlacedInput<Options> = Options extends { readonly use: unknown } ? JoinedInput<Options> : PlainInput<Options>;

/** Inputs of a call, by place, with the call's own settings. */
export type ClientInput<Op> = Member<"path", ParametersOf<Op>> &
  PlacedInput<OptionsOf<Op>> &
  FilesInput<OptionsOf<Op>> &
  CallSettings;

type FilesInput<Options> = Options extends { readonly files: infer Fields }
  ? Member<"files", UploadInputs<Fields>>
  : unknown;

/** How much of a body has been sent. */
export interface UploadProgress {
  /** Bytes that have been handed over to be sent. */
  readonly sent: number;
  /** Bytes of the whole; undefined when nobody knows before its end. */
  readonly total: number | undefined;
}

export interface CallSettings {
  readonly signal?: AbortSignal;
  /** Is told of every piece of the body that is sent; in browsers once, when the whole has been sent. */
  readonly onUploadProgress?: (progress: UploadProgress) => void;
  /** Headers of this call, over those of the client. */
  readonly extraHeaders?: Readonly<Record<string, string>>;
}

/** The input is an optional argument exactly when nothing in it is required. */
export type ClientArguments<Op> =
  Record<never, never> extends ClientInput<Op> ? [input?: ClientInput<Op>] : [input: ClientInput<Op>];

/** What is the same before and after it has been sent as JSON. */
type JsonValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly JsonValue[]
  | { readonly [Key in string]: JsonValue };

/**
 * What a value is after it has been sent as JSON: dates and bigints are text, functions are gone.
 * Most data is JSON already and is left as it is: mapping every field of it would cost each call.
 */
export type Json<T> = T extends JsonValue
  ? T
  : T extends Date | bigint
    ? string
    : T extends { toJSON(): infer Encoded }
      ? Json<Encoded>
      : T extends readonly unknown[]
        ? { [Index in keyof T]: Json<T[Index]> }
        : T extends object
          ? { [Key in keyof T as T[Key] extends (...given: never[]) => unknown ? never : Key]: Json<T[Key]> }
          : unknown;

type FromResult<Result> = Result extends Response
  ? unknown
  : Result extends Reply<number, infer Body>
    ? Json<Body>
    : Json<Result>;

/** The data of a successful call. */
export type ClientResult<Op> =
  OptionsOf<Op> extends { readonly response: infer S extends AnySchema }
    ? Json<InferOutput<S>>
    : OptionsOf<Op> extends { readonly lines: infer S extends AnySchema }
      ? AsyncGenerator<Json<InferOutput<S>>, void>
      : OptionsOf<Op> extends { readonly events: infer S extends AnySchema }
        ? AsyncGenerator<ClientEvent<Json<InferOutput<S>>>, void>
        : TypesOf<Op> extends { readonly result: infer Result }
          ? FromResult<Awaited<Result>>
          : unknown;

type ErrorBody<Declared> = Declared extends { readonly schema: infer S extends AnySchema }
  ? Problem & Json<InferOutput<S>>
  : Declared extends AnySchema
    ? Problem & Json<InferOutput<Declared>>
    : Problem;

type DeclaredErrors<Op> =
  OptionsOf<Op> extends { readonly errors: infer Errors }
    ? {
        [Status in keyof Errors & number]: {
          readonly ok: false;
          readonly status: Status;
          readonly problem: ErrorBody<Errors[Status]>;
        };
      }[keyof Errors & number]
    : never;

type InvalidInput = { readonly ok: false; readonly status: 422; readonly problem: ValidationProblem };

/** What a call came to: data, or one of the declared errors, or a 422, narrowed by `ok` and `status`. */
export type ClientOutcome<Op> =
  | { readonly ok: true; readonly status: number; readonly data: ClientResult<Op>; readonly response: Response }
  | ((DeclaredErrors<Op> | InvalidInput) & { readonly response: Response });

/**
 * One method of the client: `client.get(path, input)`.
 * `Op` stands for `Table[Path]` and is never given: written out, the input's constraint would be that of the union of all
 * operations, which every call builds again until the compiler gives up (TS2590, at some hundred routes).
 */
export interface ClientMethod<Table> {
  /** Resolves with the data; rejects with `ClientError` for every answer of 400 and above. */
  <Path extends keyof Table & string, Op = Table[Path]>(
    path: Path,
    ...input: ClientArguments<Op>
  ): Promise<ClientResult<Op>>;
  /**
   * Resolves with the outcome: success, or an error that is a problem document (the types list the declared ones and 422).
   * Rejects with `ClientError` for any other answer.
   */
  outcome<Path extends keyof Table & string, Op = Table[Path]>(
    path: Path,
    ...input: ClientArguments<Op>
  ): Promise<ClientOutcome<Op>>;
}

/** The server's `receive` is what the client sends. */
export type ClientSends<Op> =
  OptionsOf<Op> extends { readonly receive: infer S extends AnySchema } ? InferInput<S> : string | Uint8Array;

export type ClientReceives<Op> =
  OptionsOf<Op> extends { readonly send: infer S extends AnySchema } ? Json<InferOutput<S>> : string | Uint8Array;

type RawOf<Options> = Options extends { readonly send: AnySchema }
  ? Options extends { readonly receive: AnySchema }
    ? { readonly raw?: false }
    : { readonly raw: "sent" }
  : Options extends { readonly receive: AnySchema }
    ? { readonly raw: "received" }
    : { readonly raw: true };

export type ConnectInput<Op> = Pick<ClientInput<Op>, keyof ClientInput<Op> & ("path" | "query")> &
  ConnectSettings &
  RawOf<OptionsOf<Op>>;

type ConnectArguments<Op> =
  Record<never, never> extends ConnectInput<Op> ? [input?: ConnectInput<Op>] : [input: ConnectInput<Op>];

/** Opens a WebSocket: `client.connect(path, input)`. */
export type ConnectMethod<Table> = <Path extends keyof Table & string, Op = Table[Path]>(
  path: Path,
  ...input: ConnectArguments<Op>
) => ClientSocket<ClientSends<Op>, ClientReceives<Op>>;

export interface Client<Module> {
  readonly get: ClientMethod<MethodTable<Module, "GET">>;
  readonly head: ClientMethod<MethodTable<Module, "HEAD">>;
  readonly post: ClientMethod<MethodTable<Module, "POST">>;
  readonly put: ClientMethod<MethodTable<Module, "PUT">>;
  readonly patch: ClientMethod<MethodTable<Module, "PATCH">>;
  readonly delete: ClientMethod<MethodTable<Module, "DELETE">>;
  readonly query: ClientMethod<MethodTable<Module, "QUERY">>;
  /** Opens a WebSocket, which connects again when it is lost. */
  readonly connect: ConnectMethod<MethodTable<Module, "WEBSOCKET">>;
}

export type { ClientOperation };
