/** Answers with a status, headers or a media type of their own: `reply`, `text`, `html`, `redirect`, `empty`. */

import { ApusError } from "../errors/apus-error.ts";
import { checkHeaderName, checkHeaderValue } from "../http/header-rules.ts";
import type { HeaderLine, HttpResponse, ResponseBody } from "../http/http-response.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import { openItemStream, sendAsIs } from "./item-stream.ts";
import type { RequestContext } from "./request-context.ts";
import { encodeSetCookie, type CookieOptions } from "../http/set-cookie.ts";

/** Header fields; an array gives one line per element. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>;

export interface ReplyInit {
  readonly headers?: HeaderFields;
  readonly cookies?: Readonly<Record<string, string | (CookieOptions & { readonly value: string })>>;
}

export type ReplyContent<Body> =
  | { readonly kind: "value"; readonly value: Body }
  | { readonly kind: "content"; readonly mediaType: string | undefined; readonly content: ResponseBody }
  /** Decided when the handler has returned, from what the client asks for: conditions, ranges. Its status is the answer's. */
  | { readonly kind: "lazy"; readonly respond: (context: RequestContext) => MaybePromise<HttpResponse> };

/** An answer that a handler returns instead of a plain value. */
export class Reply<Status extends number = number, Body = unknown> {
  readonly status: Status;
  readonly content: ReplyContent<Body>;
  readonly headers: readonly HeaderLine[];

  constructor(status: Status, content: ReplyContent<Body>, init: ReplyInit = {}) {
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new ApusError("APUS_BAD_OPTION", `A reply needs a status from 200 to 599, not ${String(status)}.`);
    }
    this.status = status;
    this.content = content;
    this.headers = readHeaderLines(init);
  }
}

/** Header lines of an init, each checked: a line break in a value throws APUS_INVALID_HEADER. */
function readHeaderLines(init: ReplyInit): readonly HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (const [name, given] of Object.entries(init.headers ?? {})) {
    checkHeaderName(name);
    for (const value of typeof given === "string" ? [given] : given) {
      checkHeaderValue(name, value);
      lines.push([name.toLowerCase(), value]);
    }
  }
  for (const [name, given] of Object.entries(init.cookies ?? {})) {
    const { value, ...options } = typeof given === "string" ? { value: given } : given;
    lines.push(["set-cookie", encodeSetCookie(name, value, options)]);
  }
  return lines;
}

/** A JSON answer with a status, validated by the operation's `responses[status]` (or `response` for its own status). */
export function reply<const Status extends number, Body>(
  status: Status,
  value: Body,
  init?: ReplyInit,
): Reply<Status, Body> {
  return new Reply(status, { kind: "value", value }, init);
}

export interface ContentInit extends ReplyInit {
  readonly status?: number;
}

/** An answer of `text/plain; charset=utf-8`. */
export function text(content: string, init: ContentInit = {}): Reply<number, string> {
  return new Reply(init.status ?? 200, { kind: "content", mediaType: "text/plain; charset=utf-8", content }, init);
}

/** An answer of `text/html; charset=utf-8`. The text is sent as it is: escape what users wrote. */
export function html(content: string, init: ContentInit = {}): Reply<number, string> {
  return new Reply(init.status ?? 200, { kind: "content", mediaType: "text/html; charset=utf-8", content }, init);
}

export interface StreamInit extends ContentInit {
  /** `application/octet-stream` by default. */
  readonly mediaType?: string;
}

/** An answer whose bytes, or pieces of text, are sent as they come, at the client's pace. No schema looks at them. */
export function stream(chunks: AsyncIterable<Uint8Array | string>, init: StreamInit = {}): Reply {
  const status = init.status ?? 200;
  const isTyped = Object.keys(init.headers ?? {}).some((name) => name.toLowerCase() === "content-type");
  const headers: readonly HeaderLine[] = isTyped
    ? []
    : [["content-type", init.mediaType ?? "application/octet-stream"]];
  const respond = async (): Promise<HttpResponse> => ({
    status,
    headers,
    body: await openItemStream(chunks, sendAsIs),
  });
  return new Reply(status, { kind: "lazy", respond }, init);
}

/** An answer without content: 204, or another status. */
export function empty<const Status extends number = 204>(
  status: Status = 204 as Status,
  init?: ReplyInit,
): Reply<Status, undefined> {
  return new Reply(status, { kind: "content", mediaType: undefined, content: null }, init);
}

export interface RedirectInit extends ReplyInit {
  /** 307 by default: the method and body are kept. */
  readonly status?: 301 | 302 | 303 | 307 | 308;
  /** Origins (`https://login.example`) that may be left for. Without it only paths of this server are. */
  readonly allowOrigins?: readonly string[];
}

/**
 * Sends the client to another URL: a path of this server ("/login"), or a URL of an allowed origin.
 * @throws ApusError APUS_INVALID_HEADER for "//host", backslashes, control characters, other schemes and other origins.
 */
export function redirect(location: string, init: RedirectInit = {}): Reply<number, undefined> {
  const target = readRedirectTarget(location, init.allowOrigins ?? []);
  const headers = { ...init.headers, location: target };
  return new Reply(init.status ?? 307, { kind: "content", mediaType: undefined, content: null }, { ...init, headers });
}

const placeholderOrigin = "http://redirect.invalid";

function readRedirectTarget(location: string, allowOrigins: readonly string[]): string {
  const refuse = (why: string): never => {
    throw new ApusError(
      "APUS_INVALID_HEADER",
      `redirect() was given a location that ${why}: open redirects are refused.`,
    );
  };
  // oxlint-disable-next-line no-control-regex -- control characters are what must be found
  if (/[\\\u0000-\u0020\u007f]/.test(location)) return refuse("has a backslash, space or control character");
  if (!URL.canParse(location, placeholderOrigin)) return refuse("is not a URL");
  const url = new URL(location, placeholderOrigin);
  if (url.origin === placeholderOrigin) {
    if (location.startsWith("/") && !location.startsWith("//")) return `${url.pathname}${url.search}${url.hash}`;
    return refuse('is relative: begin it with one "/"');
  }
  if (!allowOrigins.includes(url.origin)) return refuse("leaves this server (name its origin in allowOrigins)");
  return url.href;
}
