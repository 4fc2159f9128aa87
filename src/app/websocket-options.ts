/** What a WebSocket declares: its options, the types that follow from them, and the value that a declaration returns. */

import type { HandlerTools } from "../dependencies/handler-tools.ts";
import type { Uses, UsedValues } from "../dependencies/dependency.ts";
import type { Middleware } from "../middleware/middleware.ts";
import type { DeclaredResponse, Operation, OperationOptions } from "../operation/operation.ts";
import type { JoinPath, PathParams } from "../routing/path-template.ts";
import type { AnySchema, InferInput, InferOutput } from "../schema/standard-schema.ts";
import type { TypedSocket } from "../websocket/typed-socket.ts";

export interface WebsocketOptions {
  /** Dependencies whose values the handler is given by these names; they are cleaned up when the connection has ended. */
  readonly use?: Uses;
  /** Wraps the handshake. */
  readonly middleware?: readonly Middleware[];
  readonly path?: AnySchema;
  readonly query?: AnySchema;
  readonly headers?: AnySchema;
  readonly cookies?: AnySchema;
  /** Of messages to the client, as JSON: validates and strips them. Without it they are text or bytes. */
  readonly send?: AnySchema;
  /** Of messages from the client, as JSON. Without it they are text or bytes. */
  readonly receive?: AnySchema;
  /** Origins whose pages may connect, beside the app's own, or "*" for all. Clients that send no origin always may. */
  readonly origins?: readonly string[] | "*";
  /** Subprotocols, the preferred one first. */
  readonly protocols?: readonly string[];
  /** Largest message that is accepted, in bytes; 1 MiB by default. A larger one closes with 1009. */
  readonly maxMessageBytes?: number;
  /** Bytes that may wait for a client that does not read, 16 MiB by default; beyond them it is cut. */
  readonly maxBufferedBytes?: number;
  /** Milliseconds after which a silent client is asked whether it is still there, and cut after as many more; 30,000 by default. */
  readonly heartbeat?: number | false;
  /** Whether messages from 1 KiB on are compressed for clients that can; false by default. */
  readonly compression?: boolean;
  /** Errors that the handshake is refused with, by status. */
  readonly errors?: Readonly<Record<number, DeclaredResponse>>;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  readonly operationId?: string;
  /** Serves it without documenting it. */
  readonly hidden?: boolean;
}

/** Refuses option names that do not exist. */
export type KnownWebsocketOptions<Options> = {
  readonly [Key in Exclude<keyof Options, keyof WebsocketOptions>]: never;
};

type InputPlace = "query" | "headers" | "cookies";

type SentTo<Options> = Options extends { readonly send: infer S extends AnySchema }
  ? InferInput<S>
  : string | Uint8Array;

type ReceivedFrom<Options> = Options extends { readonly receive: infer S extends AnySchema }
  ? InferOutput<S>
  : string | Uint8Array;

/** The one argument of a WebSocket's handler: the tools, the declared inputs, and the socket. `signal` is the socket's. */
export type WebsocketInput<Parameters, Options> = Omit<HandlerTools, "response"> & {
  readonly socket: TypedSocket<SentTo<Options>, ReceivedFrom<Options>>;
  readonly path: Options extends { readonly path: infer S extends AnySchema } ? InferOutput<S> : Parameters;
} & { readonly [Place in keyof Options & InputPlace]: InferOutput<Options[Place]> } & UsedValues<Options>;

/** A declared WebSocket. The member that its options share with those of other operations makes it one of them. */
export type WebsocketOperation<
  Path extends string = string,
  Options extends WebsocketOptions = WebsocketOptions,
  Parameters = unknown,
> = Operation<typeof websocketMethod, Path, Options & Pick<OperationOptions, "hidden">, Parameters, void>;

/** Stands in the place of an HTTP method; requests of it are GET (RFC 6455 §4.1). */
export const websocketMethod = "WEBSOCKET";

// oxlint-disable-next-line typescript/no-empty-object-type -- "nothing declared", as a type that adds no keys
type NoOptions = {};

/** Declares a WebSocket and returns it as a value to export. */
export interface DeclareWebsocket<Prefix extends string, Custom> {
  <const Path extends string>(
    path: Path,
    handler: (input: WebsocketInput<PathParams<JoinPath<Prefix, Path>, Custom>, NoOptions>) => unknown,
  ): WebsocketOperation<JoinPath<Prefix, Path>, NoOptions, PathParams<JoinPath<Prefix, Path>, Custom>>;

  <const Path extends string, const Options extends WebsocketOptions>(
    path: Path,
    options: Options & KnownWebsocketOptions<Options>,
    handler: (input: WebsocketInput<PathParams<JoinPath<Prefix, Path>, Custom>, Options>) => unknown,
  ): WebsocketOperation<JoinPath<Prefix, Path>, Options, PathParams<JoinPath<Prefix, Path>, Custom>>;
}
