/** Compiles a declared WebSocket once, and answers its handshake: what refuses it is an ordinary answer of HTTP. */

import { ApusError } from "../errors/apus-error.ts";
import { nameDependency } from "../dependencies/dependency.ts";
import { HttpError } from "../errors/http-error.ts";
import { isToken } from "../http/header-rules.ts";
import type { HeaderLine, HttpResponse } from "../http/http-response.ts";
import { longestTime } from "../errors/checked-options.ts";
import type { CompiledOperation } from "../operation/compile-operation.ts";
import { RequestContext } from "../operation/request-context.ts";
import { runOperation } from "../operation/run-operation.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { Schema } from "../schema/schema.ts";
import type { AnySchema } from "../schema/standard-schema.ts";
import { loadWs, type WsPackage } from "../websocket/load-ws.ts";
import { negotiateDeflate } from "../websocket/negotiate-deflate.ts";
import { readHandshake } from "../websocket/read-handshake.ts";
import { ServerSocket, type SocketRules } from "../websocket/server-socket.ts";
import type { MessageCodec } from "../websocket/typed-socket.ts";
import { buildCodec } from "./websocket-codec.ts";
import type { WebsocketOptions } from "./websocket-options.ts";
import { compileOrigins, type CheckOrigin } from "./websocket-origins.ts";
import { SocketSession } from "./websocket-session.ts";

/** A WebSocket's part beside its operation. */
export interface CompiledWebsocket {
  readonly send: Schema | undefined;
  readonly receive: Schema | undefined;
  readonly answer: (context: RequestContext) => Promise<HttpResponse>;
}

interface WebsocketRoute {
  readonly operation: CompiledOperation;
  readonly ws: WsPackage;
  readonly codec: MessageCodec;
  readonly rules: SocketRules;
  readonly protocols: readonly string[];
  readonly compression: boolean;
  readonly checkOrigin: CheckOrigin;
}

const defaultRules: SocketRules = { maxMessageBytes: 1_048_576, maxBufferedBytes: 16_777_216, heartbeat: 30_000 };

/** @throws ApusError APUS_BAD_OPTION, APUS_MISSING_PACKAGE, APUS_NOT_A_SCHEMA, APUS_UNDESCRIBABLE_SCHEMA */
export async function compileWebsocket(compiled: CompiledOperation): Promise<CompiledWebsocket> {
  const { operation } = compiled;
  const options: WebsocketOptions = operation.options;
  const place = `${operation.method} ${compiled.template.source}`;
  const where = `${operation.method} ${operation.path} at ${operation.declaredAt}`;
  checkOptions(options, where);
  const [reader] = compiled.dependencies?.declared.contents ?? [];
  if (reader !== undefined) {
    const why = `${nameDependency(reader.dependency)} needs a body, which a handshake never has`;
    throw new ApusError("APUS_BAD_OPTION", `${where}: ${why}.`);
  }
  const send = await compileMessage(options.send, { where, what: "send" });
  const receive = await compileMessage(options.receive, { where, what: "receive" });
  const route: WebsocketRoute = {
    operation: compiled,
    ws: await loadWs(where),
    codec: buildCodec({ send, receive, place }),
    rules: readRules(options),
    protocols: options.protocols ?? [],
    compression: options.compression ?? false,
    checkOrigin: compileOrigins(options.origins, where),
  };
  return { send, receive, answer: (context) => answerHandshake(route, context) };
}

/**
 * Everything that can refuse a handshake comes before the 101: its own form, the page's origin, inputs, dependencies.
 * @throws HttpError 426, 400, 403, 503, and what the operation throws
 */
async function answerHandshake(route: WebsocketRoute, context: RequestContext): Promise<HttpResponse> {
  const { accept, protocols, extensions } = readHandshake(context.request);
  route.checkOrigin(context.request);
  if (context.stopNotice.isStopping) throw new HttpError(503, "The server is stopping.");
  const { ws, codec, rules } = route;
  const deflate =
    route.compression && extensions !== undefined ? negotiateDeflate(ws, extensions, rules.maxMessageBytes) : undefined;
  const { headers, ...kept } = await runHandshake(route, context);
  const protocol = route.protocols.find((name) => protocols.includes(name)) ?? "";
  const lines: HeaderLine[] = [
    ["upgrade", "websocket"],
    ["sec-websocket-accept", accept],
  ];
  if (protocol !== "") lines.push(["sec-websocket-protocol", protocol]);
  if (deflate !== undefined) lines.push(["sec-websocket-extensions", deflate.line]);
  const socket = new ServerSocket({ ws, codec, rules, protocol, deflate });
  const session = new SocketSession({ socket, handler: route.operation.handler, ...kept });
  context.onFinished((failure) => session.waitForEnd(failure));
  return {
    status: 101,
    headers: [...lines, ...headers],
    body: null,
    upgrade: (stream, rest) => session.begin(stream, rest),
  };
}

/** What is left of a handshake when its connection begins. */
interface Handled {
  /** Headers that dependencies have set. */
  readonly headers: readonly HeaderLine[];
  /** What the handler is given, but for the socket. */
  readonly input: object;
  /** Of the connection: what dependencies left to be done is done when it has ended, and not when the 101 has left. */
  readonly context: RequestContext;
}

/** Runs the operation up to its handler, which only runs once the connection is there. */
async function runHandshake({ operation }: WebsocketRoute, outer: RequestContext): Promise<Handled> {
  const { request, requestId, traceId, log, stopNotice } = outer;
  const context = new RequestContext({ request, requestId, traceId, logger: log, stopNotice });
  context.route = outer.route;
  context.path = outer.path;
  let input: object = context;
  const handler = (given: object): void => {
    input = given;
  };
  const { headers } = await runOperation({ ...operation, handler }, context);
  return { headers, input, context };
}

function readRules({ maxMessageBytes, maxBufferedBytes, heartbeat }: WebsocketOptions): SocketRules {
  return {
    maxMessageBytes: maxMessageBytes ?? defaultRules.maxMessageBytes,
    maxBufferedBytes: maxBufferedBytes ?? defaultRules.maxBufferedBytes,
    heartbeat: heartbeat ?? defaultRules.heartbeat,
  };
}

async function compileMessage(
  source: AnySchema | undefined,
  { where, what }: { readonly where: string; readonly what: "send" | "receive" },
): Promise<Schema | undefined> {
  if (source === undefined) return undefined;
  try {
    return await compileSchema(source, { strip: what === "send" });
  } catch (error) {
    if (!(error instanceof ApusError)) throw error;
    const message = `The ${what} schema of ${where} cannot be used: ${error.reason}`;
    throw new ApusError(error.code, message, { cause: error });
  }
}

/** The largest message that the library can be told of, a signed number of 32 bits. */
const largestMessage = 2_147_483_647;

function checkOptions(options: WebsocketOptions, where: string): void {
  const refuse = (why: string): never => {
    throw new ApusError("APUS_BAD_OPTION", `${where}: ${why}.`);
  };
  const { protocols, compression, heartbeat } = options;
  const isWhole = (value: unknown, highest: number): boolean =>
    value === undefined || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= highest);
  for (const name of ["maxMessageBytes", "maxBufferedBytes"] as const) {
    if (!isWhole(options[name], largestMessage)) refuse(`${name} is a number of bytes, not ${String(options[name])}`);
  }
  if (heartbeat !== false && !isWhole(heartbeat, longestTime)) {
    refuse(`heartbeat is a number of milliseconds or false, not ${String(heartbeat)}`);
  }
  if (compression !== undefined && typeof compression !== "boolean") refuse("compression is true or false");
  if (protocols === undefined) return;
  const isList = Array.isArray(protocols) && protocols.every((name) => typeof name === "string" && isToken(name));
  if (!isList || new Set(protocols).size !== protocols.length) {
    refuse("protocols is a list of different names without spaces and commas");
  }
}
