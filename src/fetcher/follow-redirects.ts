/** One call, from hop to hop: which redirects are followed, how, and what of the request goes with them. */

import type { UpstreamError } from "./upstream-error.ts";

/** What is sent; it changes from hop to hop. */
export interface HopRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: ReadonlyMap<string, string | readonly string[]>;
  readonly hasContent: boolean;
  /** Whether the content can be sent a second time. */
  readonly isRepeatable: boolean;
}

/** What may be told to another origin than the one that the call was meant for. All else may be a credential. */
const harmless: ReadonlySet<string> = new Set(["accept", "accept-encoding", "accept-language", "range", "user-agent"]);

/** What describes content, and goes with it. */
const ofContent: ReadonlySet<string> = new Set(["content-type", "content-encoding", "content-language"]);

/** Whether a status with a `location` asks for another request (RFC 9110 §15.4). */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * The next hop, by the rules of Fetch (HTTP-redirect fetch).
 * @throws what `refuse` gives: from https to http, to what is no URL of HTTP, to credentials, or content to another origin
 */
export function followRedirect(
  request: HopRequest,
  { status, location }: { readonly status: number; readonly location: string },
  refuse: (reason: string) => UpstreamError,
): HopRequest {
  const url = URL.parse(location, request.url.href);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw refuse("It redirects to what is no URL of HTTP.");
  }
  if (url.protocol === "http:" && request.url.protocol === "https:") throw refuse("It redirects from https to http.");
  if (url.username !== "" || url.password !== "") throw refuse("It redirects to a URL with credentials.");
  url.hash = "";
  const { method } = request;
  const becomesGet = (status === 303 && method !== "HEAD") || (status < 303 && method === "POST");
  const isSame = url.origin === request.url.origin;
  const keepsContent = request.hasContent && !becomesGet;
  if (keepsContent && !isSame) throw refuse(`It redirects a ${method} with content to ${url.origin}.`);
  if (keepsContent && !request.isRepeatable) throw refuse("It redirects a stream, which cannot be sent again.");
  const headers = [...request.headers].filter(
    ([name]) => (isSame || harmless.has(name)) && (keepsContent || !ofContent.has(name)),
  );
  return {
    url,
    method: becomesGet ? "GET" : method,
    headers: new Map(headers),
    hasContent: keepsContent,
    isRepeatable: request.isRepeatable,
  };
}
