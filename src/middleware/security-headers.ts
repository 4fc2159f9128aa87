/** Headers that keep browsers from doing more with an answer than it was made for. */

import type { HeaderLine } from "../http/http-response.ts";
import { buildContentPolicy, type ContentSecurityPolicy } from "./content-policy.ts";
import { checkOptionNames, refuseOption } from "../errors/factory-options.ts";
import type { Middleware } from "./middleware.ts";
import { buildStrictTransport, type StrictTransportOptions } from "./strict-transport.ts";

export type { ContentSecurityPolicy } from "./content-policy.ts";
export type { StrictTransportOptions } from "./strict-transport.ts";

/** Every header is sent with its default, with the value given here, or, for `false`, not at all. */
export interface SecurityHeadersOptions {
  /** `x-content-type-options`: a type is not guessed. Default "nosniff". */
  readonly contentTypeOptions?: "nosniff" | false | undefined;
  /** `x-frame-options`: who may show the answer in a frame. Default "DENY". */
  readonly frameOptions?: "DENY" | "SAMEORIGIN" | false | undefined;
  /**
   * `referrer-policy`, or several, of which browsers take the last that they know. Default "same-origin"; beside
   * "no-referrer", forms of the own pages say `origin: null`, and over plain http `csrf` cannot tell whose they are.
   */
  readonly referrerPolicy?: string | false | undefined;
  /** `cross-origin-opener-policy`: whether windows of other origins keep a hold of each other. Default "same-origin". */
  readonly crossOriginOpenerPolicy?:
    | "same-origin"
    | "same-origin-allow-popups"
    | "noopener-allow-popups"
    | "unsafe-none"
    | false
    | undefined;
  /** `cross-origin-resource-policy`: whose pages may embed the answer without CORS. Default "same-origin". */
  readonly crossOriginResourcePolicy?: "same-origin" | "same-site" | "cross-origin" | false | undefined;
  /** `strict-transport-security`, over https only. Default `{ maxAge: 31_536_000 }`. */
  readonly strictTransportSecurity?: StrictTransportOptions | false | undefined;
  /** `content-security-policy`, as text or by directive. Not sent by default. */
  readonly contentSecurityPolicy?: ContentSecurityPolicy | false | undefined;
  /** `permissions-policy`, as text: "camera=(), geolocation=(self)". Not sent by default. */
  readonly permissionsPolicy?: string | false | undefined;
}

type OptionName = keyof SecurityHeadersOptions;

/** Option, header and default of the headers that have a few words for values. */
const wordHeaders: readonly (readonly [option: OptionName, header: string, words: readonly string[]])[] = [
  ["contentTypeOptions", "x-content-type-options", ["nosniff"]],
  ["frameOptions", "x-frame-options", ["DENY", "SAMEORIGIN"]],
  [
    "crossOriginOpenerPolicy",
    "cross-origin-opener-policy",
    ["same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"],
  ],
  ["crossOriginResourcePolicy", "cross-origin-resource-policy", ["same-origin", "same-site", "cross-origin"]],
];

const referrerPolicies: readonly string[] = [
  "no-referrer",
  "no-referrer-when-downgrade",
  "origin",
  "origin-when-cross-origin",
  "same-origin",
  "strict-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
];

const optionNames: readonly OptionName[] = [
  ...wordHeaders.map(([option]) => option),
  "referrerPolicy",
  "strictTransportSecurity",
  "contentSecurityPolicy",
  "permissionsPolicy",
];

/**
 * Adds the headers to every answer that does not have them already: what a handler sets wins.
 * @throws ApusError APUS_BAD_OPTION
 */
export function securityHeaders(options: SecurityHeadersOptions = {}): Middleware {
  checkOptionNames("securityHeaders", options, optionNames);
  const plainLines = buildLines(options);
  const { strictTransportSecurity = {} } = options;
  const secureLines: readonly HeaderLine[] =
    strictTransportSecurity === false
      ? plainLines
      : [
          ...plainLines,
          [
            "strict-transport-security",
            buildStrictTransport("securityHeaders({ strictTransportSecurity })", strictTransportSecurity),
          ],
        ];
  return async (request, next) => {
    const response = await next();
    const given = new Set(response.headers.map(([name]) => name.toLowerCase()));
    const lines = request.scheme === "https" ? secureLines : plainLines;
    return { ...response, headers: [...response.headers, ...lines.filter(([name]) => !given.has(name))] };
  };
}

function buildLines(options: SecurityHeadersOptions): readonly HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (const [option, header, words] of wordHeaders) {
    const value = options[option] ?? words[0];
    if (value === false) continue;
    if (typeof value !== "string" || !words.includes(value)) throw refuseOption(nameOption(option), value, list(words));
    lines.push([header, value]);
  }
  const { referrerPolicy = "same-origin", contentSecurityPolicy = false, permissionsPolicy = false } = options;
  if (referrerPolicy !== false) lines.push(["referrer-policy", checkReferrerPolicy(referrerPolicy)]);
  if (contentSecurityPolicy !== false) {
    const policy = buildContentPolicy(nameOption("contentSecurityPolicy"), contentSecurityPolicy);
    lines.push(["content-security-policy", policy]);
  }
  if (permissionsPolicy !== false) lines.push(["permissions-policy", checkPermissionsPolicy(permissionsPolicy)]);
  return lines;
}

function checkReferrerPolicy(value: unknown): string {
  const isKnown =
    typeof value === "string" && value.split(",").every((policy) => referrerPolicies.includes(policy.trim()));
  if (!isKnown) throw refuseOption(nameOption("referrerPolicy"), value, list(referrerPolicies));
  return value;
}

function checkPermissionsPolicy(value: unknown): string {
  if (typeof value === "string" && /^[!-~]+(?: [!-~]+)*$/.test(value) && value.includes("=")) return value;
  throw refuseOption(nameOption("permissionsPolicy"), value, 'text such as "camera=(), geolocation=(self)", or false');
}

function nameOption(option: OptionName): string {
  return `securityHeaders({ ${option} })`;
}

function list(words: readonly string[]): string {
  return `one of ${words.join(", ")}, or false`;
}
