/** One middleware around a route that is not there: requests as plain data, and what became of them. */

import { HttpError } from "../../src/errors/http-error.ts";
import type { HttpRequest, RequestHeaders } from "../../src/http/http-request.ts";
import type { HeaderLine, HttpResponse } from "../../src/http/http-response.ts";
import { buildMiddlewareChain, type Middleware } from "../../src/middleware/middleware.ts";

/** What a test says of a request; the rest is a GET of "/" over http from 192.0.2.1. */
export interface PlainRequestParts {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly scheme?: string;
  readonly remoteAddress?: string;
  readonly mountPath?: string;
  /** A list is one line for each of its values. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export function buildRequest({ headers = {}, ...parts }: PlainRequestParts = {}): HttpRequest {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((line): HeaderLine => [name, line]),
  );
  return {
    method: "GET",
    path: "/",
    query: "",
    scheme: "http",
    remoteAddress: "192.0.2.1",
    mountPath: "",
    signal: new AbortController().signal,
    body: { length: 0, stream: async function* () {}, bytes: () => new Uint8Array() },
    headers: buildHeaders(lines),
    ...parts,
  };
}

function buildHeaders(lines: readonly HeaderLine[]): RequestHeaders {
  const all = (name: string): readonly string[] => lines.filter(([given]) => given === name).map(([, value]) => value);
  return { all, get: (name) => (all(name).length === 0 ? undefined : all(name).join(", ")), entries: () => lines };
}

/** What a middleware made of a request. */
export interface Outcome {
  readonly status: number;
  readonly headers: Headers;
  /** The request that reached the route; undefined when none did. */
  readonly passed: HttpRequest | undefined;
  /** Every line of one field of the answer. */
  readonly lines: (name: string) => readonly string[];
}

/** Sends a request through a middleware to a route that answers with `answer`. */
export async function sendThrough(
  middleware: Middleware,
  request: HttpRequest,
  answer: Partial<HttpResponse> = {},
): Promise<Outcome> {
  let passed: HttpRequest | undefined;
  const route = (reached: HttpRequest): HttpResponse => {
    passed = reached;
    return { status: 200, headers: [], body: "route", ...answer };
  };
  const rescue = async (error: unknown): Promise<HttpResponse> => {
    if (!(error instanceof HttpError)) throw error;
    return { status: error.status, headers: Object.entries(error.headers), body: null };
  };
  const response = await buildMiddlewareChain([middleware], route, rescue)(request);
  const headers = new Headers();
  for (const [name, value] of response.headers) headers.append(name, value);
  const lines = (name: string): readonly string[] =>
    response.headers.filter(([given]) => given === name).map(([, value]) => value);
  return { status: response.status, headers, passed, lines };
}
