/** The typed client: calls over `fetch`, typed by the module that exports the operations. Runs on Node and in browsers. */

import type { Problem } from "../errors/problem.ts";
import { buildInit, buildUrl, type CallInput, type CallTarget } from "./build-request.ts";
import { uploadInBrowser } from "./browser-upload.ts";
import { ClientError } from "./client-error.ts";
import type { Client } from "./client-types.ts";
import { openEvents } from "./open-events.ts";
import { ReconnectingSocket, type OpenSocketParts } from "./open-socket.ts";
import { readJsonLines } from "./read-items.ts";
import { isBrowser } from "./send-body.ts";

export interface ClientOptions {
  /** Where the API is: scheme, host and, when its routers are included below one, the prefix. */
  readonly baseUrl: string;
  /** Headers of every call. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Used instead of the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

interface Outcome {
  readonly ok: boolean;
  readonly status: number;
  readonly data?: unknown;
  readonly problem?: (Problem & Readonly<Record<string, unknown>>) | undefined;
  readonly response: Response;
}

type ConnectCall = Pick<CallInput, "path" | "query"> & Omit<OpenSocketParts, "url" | "template">;

type Call = (template: string, input?: CallInput) => Promise<unknown>;

/** A client typed by a module: `createClient<typeof items>({ baseUrl: "http://localhost:8000" })` after `import type * as items`. */
export function createClient<Module>(options: ClientOptions): Client<Module> {
  const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY"].map(
    (method) => [method.toLowerCase(), createMethod(method, options)] as const,
  );
  return { ...Object.fromEntries(methods), connect: createConnect(options) } as unknown as Client<Module>;
}

function createConnect({ baseUrl }: ClientOptions): (template: string, input?: ConnectCall) => ReconnectingSocket {
  return (template, { path, query, ...settings } = {}) => {
    const target = { baseUrl, method: "WEBSOCKET", template, headers: {} };
    const url = buildUrl(target, { ...(path !== undefined && { path }), ...(query !== undefined && { query }) });
    return new ReconnectingSocket({ ...settings, template, url: url.replace(/^http/, "ws") });
  };
}

function createMethod(method: string, options: ClientOptions): Call & { readonly outcome: Call } {
  const outcome: Call = async (template, input = {}) => {
    const found = await send(
      { baseUrl: options.baseUrl, method, template, headers: options.headers ?? {} },
      input,
      options,
    );
    if (found.ok || found.problem !== undefined) return found;
    throw new ClientError(`${method} ${template} answered ${found.status}.`, {
      problem: undefined,
      response: found.response,
    });
  };
  const call: Call = async (template, input = {}) => {
    const { ok, data, problem, response } = (await outcome(template, input)) as Outcome;
    if (ok) return data;
    const words = problem?.detail ?? problem?.title ?? "";
    throw new ClientError(`${method} ${template} answered ${response.status}: ${words}`, { problem, response });
  };
  return Object.assign(call, { outcome });
}

async function send(target: CallTarget, input: CallInput, options: ClientOptions): Promise<Outcome> {
  const perform = options.fetch ?? selectFetch(input);
  const url = buildUrl(target, input);
  let response: Response;
  try {
    response = await perform(url, await buildInit(target, input));
  } catch (cause) {
    if (input.signal?.aborted === true) throw cause;
    const why = describeCauses(cause);
    throw new ClientError(
      `${target.method} ${target.template} got no answer: ${why}`,
      { problem: undefined, response: undefined },
      { cause },
    );
  }
  const { ok, status } = response;
  const type = readMediaType(response);
  if (ok && type === "application/jsonl") return { ok: true, status, data: readJsonLines(bodyOf(response)), response };
  if (ok && type === "text/event-stream") {
    const reopen = async (lastId: string): Promise<Response> => {
      const { extraHeaders = {} } = input;
      const again = { ...input, extraHeaders: { ...extraHeaders, ...(lastId !== "" && { "last-event-id": lastId }) } };
      return perform(url, await buildInit(target, again));
    };
    const parts = { first: response, reopen: target.method === "GET" ? reopen : undefined, signal: input.signal };
    return { ok: true, status, data: openEvents(parts), response };
  }
  const data = await readContent(target, response, input.signal);
  return ok || status < 400
    ? { ok: true, status, data, response }
    : { ok: false, status, problem: readProblem(data), response };
}

/** What `fetch` says is that it failed; why is behind it. */
function describeCauses(cause: unknown, depth = 0): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.cause === undefined || depth === 3) return cause.message;
  return `${cause.message}: ${describeCauses(cause.cause, depth + 1)}`;
}

function selectFetch({ onUploadProgress }: CallInput): NonNullable<ClientOptions["fetch"]> {
  return onUploadProgress !== undefined && isBrowser()
    ? (url, init) => uploadInBrowser(url, init, onUploadProgress)
    : (url, init) => fetch(url, init);
}

async function readContent(
  { method, template }: CallTarget,
  response: Response,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const type = readMediaType(response);
  const content = await response.text().catch((cause: unknown) => {
    if (signal?.aborted === true) throw cause;
    const message = `The answer to ${method} ${template} was cut short.`;
    throw new ClientError(message, { problem: undefined, response }, { cause });
  });
  if (content === "") return undefined;
  if (type !== "application/json" && !type.endsWith("+json")) return content;
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new ClientError(
      `${method} ${template} answered text that is not JSON.`,
      { problem: undefined, response },
      { cause },
    );
  }
}

function readMediaType(response: Response): string {
  return response.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function bodyOf({ body }: Response): ReadableStream<Uint8Array> {
  return body ?? new ReadableStream({ start: (controller) => controller.close() });
}

function readProblem(data: unknown): (Problem & Readonly<Record<string, unknown>>) | undefined {
  const isProblem = typeof data === "object" && data !== null && "title" in data && "status" in data;
  return isProblem ? (data as Problem & Readonly<Record<string, unknown>>) : undefined;
}
