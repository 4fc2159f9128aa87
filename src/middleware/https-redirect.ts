/** Sends clients from http to https, and tells browsers to come that way from then on. */

import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { checkOptionNames, refuseOption } from "../errors/factory-options.ts";
import type { Middleware } from "./middleware.ts";
import { parseAuthority } from "./parse-authority.ts";
import { buildStrictTransport, type StrictTransportOptions } from "./strict-transport.ts";

export type { StrictTransportOptions } from "./strict-transport.ts";

export interface HttpsRedirectOptions {
  /** Where to: "example.com", or with a port. Without it the host of the request, which `trustedHosts` should check before. */
  readonly host?: string | undefined;
  /** 308 by default; 307 while it may still be taken back. Both keep method and body. */
  readonly status?: 307 | 308 | undefined;
  /** `strict-transport-security` of https answers. Default `{ maxAge: 31_536_000 }`; false for none. */
  readonly hsts?: StrictTransportOptions | false | undefined;
}

/**
 * Answers http with a redirect to the same path and query over https; https goes on, and its answer gets `hsts`.
 * @throws ApusError APUS_BAD_OPTION
 */
export function httpsRedirect(options: HttpsRedirectOptions = {}): Middleware {
  checkOptionNames("httpsRedirect", options, ["host", "status", "hsts"]);
  const { status = 308, hsts = {} } = options;
  if (status !== 307 && status !== 308) throw refuseOption("httpsRedirect({ status })", status, "308 or 307");
  const fixedHost = options.host === undefined ? undefined : checkHost(options.host);
  const strict = hsts === false ? undefined : buildStrictTransport("httpsRedirect({ hsts })", hsts);
  return async (request, next) => {
    // "*" names the server as a whole: there is no such URL.
    if (request.scheme === "https" || request.path === "*") return addStrict(await next(), request, strict);
    const location = buildLocation(request, fixedHost ?? readHost(request));
    return { status, headers: [["location", location]], body: null };
  };
}

function addStrict(response: HttpResponse, { scheme }: HttpRequest, strict: string | undefined): HttpResponse {
  if (strict === undefined || scheme !== "https") return response;
  if (response.headers.some(([name]) => name.toLowerCase() === "strict-transport-security")) return response;
  return { ...response, headers: [...response.headers, ["strict-transport-security", strict]] };
}

/** Behind the host there is exactly one slash, so that a path of two can never be read as another host. */
function buildLocation({ mountPath, path, query }: HttpRequest, host: string): string {
  const whole = `${mountPath}${path}`;
  let start = 0;
  while (whole[start] === "/" || whole[start] === "\\") start += 1;
  return `https://${host}/${whole.slice(start)}${query === "" ? "" : `?${query}`}`;
}

/** Without its port, which is that of http. */
function readHost({ headers }: HttpRequest): string {
  const host = parseAuthority(headers.get("host") ?? "")?.host;
  if (host === undefined) throw new HttpError(400, "The request names no host that it could be sent to.");
  return host;
}

function checkHost(host: unknown): string {
  const authority = typeof host === "string" ? parseAuthority(host) : undefined;
  if (authority === undefined) {
    throw refuseOption("httpsRedirect({ host })", host, 'a host such as "example.com" or "example.com:8443"');
  }
  return authority.port === "" || authority.port === "443" ? authority.host : `${authority.host}:${authority.port}`;
}
