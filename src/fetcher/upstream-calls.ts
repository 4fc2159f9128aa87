/** Types of a client's calls: path parameters by the template, results by the schema. */

import type { AnySchema, InferOutput } from "../schema/standard-schema.ts";
import type { UpstreamTimeouts } from "./http-client-options.ts";
import type { UpstreamAnswer } from "./upstream-answer.ts";
import type { UpstreamStream } from "./upstream-stream.ts";

export type PathValue = string | number | bigint | boolean;

type QueryScalar = PathValue | Date | null | undefined;

/** Lists become repeated names; `undefined` is left out, `null` is empty text, dates are ISO text. */
export type QueryInput = URLSearchParams | Readonly<Record<string, QueryScalar | readonly QueryScalar[]>>;

/** Content as it is. A stream is pulled at the upstream's pace, and is sent once: such a call is not repeated. */
export type CallContent =
  | string
  | Uint8Array
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

export interface CallSettings {
  readonly query?: QueryInput;
  /** Over those of the client; `undefined` is left out. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Ends the call, beside the running request's own signal. */
  readonly signal?: AbortSignal;
  readonly timeouts?: Pick<UpstreamTimeouts, "head" | "idle" | "total" | "unread">;
  /** How often it is made again; a number makes any call one that may be repeated. */
  readonly retries?: number;
  /** Bytes of the answer, decoded. */
  readonly maxBytes?: number;
  /** How many redirects are followed. */
  readonly redirects?: number;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as a form: urlencoded, or multipart when it is `FormData`. */
  readonly form?: QueryInput | FormData;
  readonly body?: CallContent;
}

/** One call that is received whole. */
export interface UpstreamCall extends CallSettings {
  readonly path?: Readonly<Record<string, PathValue>>;
  /** The result is the JSON content, validated; any status but 200 to 299 is an error. Without it the result is the answer. */
  readonly response?: AnySchema;
  /** With `response`: statuses that mean that there is nothing, for which the result is undefined. */
  readonly none?: readonly number[];
}

/** One call whose answer is read as it comes. */
export interface StreamCall extends CallSettings {
  readonly path?: Readonly<Record<string, PathValue>>;
  /** GET by default. */
  readonly method?: string;
}

/** One call of a URL that a user gave. */
export interface UntrustedCall extends Omit<CallSettings, "query"> {
  /** GET by default. */
  readonly method?: string;
  readonly response?: AnySchema;
  readonly none?: readonly number[];
}

type Declared<Template extends string, Found = never> = Template extends `${string}{${infer Parameter}}${infer Rest}`
  ? Declared<Rest, Found | Parameter>
  : Found;

type NameOf<Parameter> = Parameter extends `${infer Name}:${string}` ? Name : Parameter;

/** The parameters that a template asks for. */
export type PathMember<Path> = [string] extends [Path]
  ? unknown
  : [Declared<Path & string>] extends [never]
    ? unknown
    : { readonly path: { readonly [Name in NameOf<Declared<Path & string>> & string]: PathValue } };

type Unparameterized<Path> = unknown extends PathMember<Path> ? Path : never;

/** Refuses names that do not exist. */
type Known<Call, Shape> = { readonly [Key in Exclude<keyof Call, keyof Shape>]: never };

/** What a call comes to. */
export type CallResult<Call> = Call extends { readonly response: infer S extends AnySchema }
  ? InferOutput<S> | (Call extends { readonly none: readonly number[] } ? undefined : never)
  : UpstreamAnswer;

/** One method of the client: `client.get("/users/{name}", { path: { name }, response: User })`. */
export interface UpstreamMethod {
  <const Path extends string, const Call extends UpstreamCall>(
    path: Path | URL,
    call: Call & PathMember<Path> & Known<Call, UpstreamCall>,
  ): Promise<CallResult<Call>>;
  <const Path extends string>(path: Unparameterized<Path> | URL): Promise<UpstreamAnswer>;
}

/** Figures of one origin. */
export interface OriginStats {
  readonly breaker: "closed" | "open" | "half-open";
  /** Calls under way. */
  readonly running: number;
  /** Calls that wait for a place. */
  readonly queued: number;
  /** Open connections. */
  readonly connected: number;
  /** Open connections that nobody uses. */
  readonly free: number;
}

export interface HttpClientStats {
  /** Calls since the start. */
  readonly calls: number;
  /** Calls that failed, beside those that were ended by their own signal. */
  readonly failures: number;
  readonly retries: number;
  /** Calls, and streams, that have not ended. */
  readonly open: number;
  /** By origin; calls of URLs of users are together under "untrusted". */
  readonly origins: Readonly<Record<string, OriginStats>>;
}

/**
 * Calls another service. A string is a template below `baseUrl`, whose parameters are percent-encoded; a URL has to be
 * of the same origin. Calls within a request end when it does.
 * @throws UpstreamError by all of them
 */
export interface HttpClient extends AsyncDisposable {
  readonly name: string;
  readonly get: UpstreamMethod;
  readonly head: UpstreamMethod;
  readonly post: UpstreamMethod;
  readonly put: UpstreamMethod;
  readonly patch: UpstreamMethod;
  readonly delete: UpstreamMethod;
  readonly query: UpstreamMethod;
  /** The answer as it comes, whatever its status. It has to be read, or disposed of. */
  stream<const Path extends string, const Call extends StreamCall>(
    path: Path | URL,
    call: Call & PathMember<Path> & Known<Call, StreamCall>,
  ): Promise<UpstreamStream>;
  stream<const Path extends string>(path: Unparameterized<Path> | URL): Promise<UpstreamStream>;
  /** Calls a URL that a user gave: only public addresses, also behind redirects; nothing of the client's own is sent. */
  fetchUntrusted<const Call extends UntrustedCall = Record<never, never>>(
    url: string | URL,
    call?: Call & Known<Call, UntrustedCall>,
  ): Promise<CallResult<Call>>;
  stats(): HttpClientStats;
  /** Whether the upstream can be used now. @throws UpstreamError */
  check(signal?: AbortSignal): Promise<void>;
  /** Takes no more calls, waits for those under way, and ends them when the grace is over. */
  close(): Promise<void>;
}
