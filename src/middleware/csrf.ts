/** Refuses requests that a browser sends from somebody else's page with its user's cookies (cross-site request forgery). */

import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import type { Middleware } from "./middleware.ts";
import { parseOrigin } from "./parse-origin.ts";

export interface CsrfOptions {
  /** Other origins whose pages may change something here: `["https://admin.example.com"]`. */
  readonly origins?: readonly string[] | undefined;
  /** Whether pages of the same site, its other subdomains, may. Default false. */
  readonly allowSite?: boolean | undefined;
}

/** Methods that change nothing (RFC 9110 §9.2.1), if the handlers keep to that. */
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "QUERY"]);

/**
 * Answers 403 to an unsafe method, and to a WebSocket's handshake, when the browser says that another origin's page sent
 * it. What has a cookie but says nothing of where it comes from is refused, too; clients without cookies have nothing
 * that could be forged with.
 * @throws ApusError APUS_BAD_OPTION
 */
export function csrf(options: CsrfOptions = {}): Middleware {
  const check = new CheckedOptions("csrf", options, ["origins", "allowSite"]);
  check.kind("allowSite", "boolean");
  const listed = compileOrigins(check, options.origins ?? []);
  const ownSites = new Set(["same-origin", "none", ...(options.allowSite === true ? ["same-site"] : [])]);
  return (request, next) => {
    if (isSafe(request) || isOwn(request, ownSites, listed)) return next();
    throw new HttpError(
      403,
      "The request changes something, and nothing shows that it comes from a page of this site.",
    );
  };
}

/** A change of protocols opens a connection with the user's cookies on it, which no other origin's page is kept from reading. */
function isSafe({ method, headers }: HttpRequest): boolean {
  return safeMethods.has(method) && headers.get("upgrade") === undefined;
}

function isOwn(request: HttpRequest, ownSites: ReadonlySet<string>, listed: ReadonlySet<string>): boolean {
  const { headers, scheme } = request;
  const site = headers.get("sec-fetch-site");
  if (site !== undefined && ownSites.has(site)) return true;
  const origin = headers.get("origin");
  if (origin === undefined) return site === undefined && headers.get("cookie") === undefined;
  if (listed.has(origin)) return true;
  // Over plain http, browsers send no sec-fetch-site.
  return site === undefined && origin === parseOrigin(`${scheme}://${headers.get("host") ?? ""}`);
}

function compileOrigins(check: CheckedOptions, origins: unknown): ReadonlySet<string> {
  const wanted = 'a list of origins such as "https://admin.example.com", without a path and a final "/"';
  if (!Array.isArray(origins)) return check.refuse("origins", wanted);
  return new Set(
    origins.map((origin: unknown) => {
      const normalized = typeof origin === "string" ? parseOrigin(origin) : undefined;
      return normalized ?? check.refuse("origins", `${wanted} (and ${JSON.stringify(origin)} is none)`);
    }),
  );
}
