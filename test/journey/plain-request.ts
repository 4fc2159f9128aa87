/** A request as data, for middleware and whatever else takes one without an engine. */

import type { HttpRequest } from "../../src/http/http-request.ts";
import type { HttpResponse } from "../../src/http/http-response.ts";
import { readFetchRequest } from "../../src/server/fetch-edge.ts";

export interface PlainRequestInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly remoteAddress?: string;
  readonly signal?: AbortSignal;
}

/** A request of `target`, such as "/items?page=2". */
export function plainRequest(target = "/", init: PlainRequestInit = {}): HttpRequest {
  const { remoteAddress = "192.0.2.1", ...rest } = init;
  const request = readFetchRequest(new Request(`http://test${target}`, rest));
  Object.defineProperty(request, "remoteAddress", { value: remoteAddress });
  return request;
}

/** A middleware's `next` that always gives this answer. */
export const answering =
  (response: Partial<HttpResponse>): (() => Promise<HttpResponse>) =>
  async () => ({ status: 200, headers: [["content-type", "text/plain"]], body: null, ...response });

/** All of a body as text. */
export async function readText(body: HttpResponse["body"]): Promise<string> {
  return Buffer.from(await readContent(body)).toString();
}

/** All of a body as bytes. */
export async function readContent(body: HttpResponse["body"]): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

/** One field of an answer; its lines joined. */
export function fieldOf({ headers }: HttpResponse, name: string): string | undefined {
  const lines = headers.filter(([given]) => given === name).map(([, value]) => value);
  return lines.length === 0 ? undefined : lines.join(", ");
}
