/** Refuses requests for hosts that are not ours, so that no link, redirect or cache entry is made for another's name. */

import { HttpError } from "../errors/http-error.ts";
import { checkOptionNames, refuseOption } from "../errors/factory-options.ts";
import type { Middleware } from "./middleware.ts";
import { parseAuthority } from "./parse-authority.ts";

export interface TrustedHostsOptions {
  /**
   * Names and addresses without port: "example.com", "127.0.0.1", "[::1]". "*.example.com" stands for every name below
   * example.com, not for itself.
   */
  readonly hosts: readonly string[];
}

/**
 * Answers 400 to every request whose `host` is none of these; ports do not count.
 * @throws ApusError APUS_BAD_OPTION
 */
export function trustedHosts(options: TrustedHostsOptions): Middleware {
  const isTrusted = compileHosts(options);
  return (request, next) => {
    if (isTrusted(request.headers.get("host"))) return next();
    throw new HttpError(400, "This host is not served here.");
  };
}

function compileHosts(options: TrustedHostsOptions): (field: string | undefined) => boolean {
  checkOptionNames("trustedHosts", options, ["hosts"]);
  const hosts: unknown = options.hosts;
  if (!Array.isArray(hosts) || hosts.length === 0) {
    throw refuseOption("trustedHosts({ hosts })", hosts, 'a list such as ["example.com", "*.example.com"]');
  }
  const exact = new Set<string>();
  const suffixes: string[] = [];
  for (const host of hosts) {
    if (typeof host === "string" && host.startsWith("*.")) suffixes.push(`.${normalizeHost(host, host.slice(2))}`);
    else exact.add(normalizeHost(host, host));
  }
  return (field) => {
    if (field === undefined) return false;
    if (exact.has(field)) return true;
    const host = parseAuthority(field)?.host;
    return host !== undefined && (exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix)));
  };
}

/** `name` is the entry without its wildcard. */
function normalizeHost(entry: unknown, name: unknown): string {
  const authority = typeof name === "string" ? parseAuthority(name) : undefined;
  if (authority !== undefined && authority.port === "" && !(name as string).endsWith(":")) return authority.host;
  const wanted =
    'a name ("example.com", "*.example.com") or an address ("127.0.0.1", "[::1]"), without scheme and port';
  throw refuseOption("trustedHosts({ hosts })", entry, wanted);
}
