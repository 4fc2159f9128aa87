/** Access tokens of OAuth 2 (RFC 6749): bearer tokens whose documentation says where to get one. */

import { ApusError } from "../errors/apus-error.ts";
import type { CheckedOptions } from "../errors/checked-options.ts";
import { createTokenScheme, tokenOptionNames, type TokenOptions } from "./bearer.ts";
import { checkSchemeOptions, type Scheme } from "./scheme.ts";

/** URLs are absolute, or relative to the documentation page; `scopes` are descriptions by scope. */
export interface OAuth2TokenFlow {
  readonly tokenUrl: string;
  readonly refreshUrl?: string;
  readonly scopes?: Readonly<Record<string, string>>;
}

export interface OAuth2CodeFlow extends OAuth2TokenFlow {
  readonly authorizationUrl: string;
}

/** The ways to a token (OpenAPI 3.1 §4.8.28); the implicit one is gone (RFC 9700 §2.1.2). */
export interface OAuth2Flows {
  /** The client sends the user's password: only for clients of the same house. */
  readonly password?: OAuth2TokenFlow;
  /** Between servers, without a user. */
  readonly clientCredentials?: OAuth2TokenFlow;
  /** The user logs in on a page of the authorization server. Clients use PKCE (RFC 7636). */
  readonly authorizationCode?: OAuth2CodeFlow;
}

export interface OAuth2Options<Result, Optional> extends TokenOptions<Result, Optional> {
  readonly flows: OAuth2Flows;
}

/**
 * The bearer token, or what `verify` makes of it, documented with its flows and scopes. Whoever verifies the token also
 * checks the scopes: `verify` with `requireScopes()`, or `jwt({ scheme })`.
 * @throws ApusError APUS_BAD_OPTION
 */
export function oauth2<Result = string, Optional extends boolean = false>(
  options: OAuth2Options<Result, Optional>,
): Scheme<Result, Optional> {
  const check = checkSchemeOptions("oauth2", options, [...tokenOptionNames, "flows"]);
  const flows = describeFlows(check, options.flows);
  const { name = "oauth2", description } = options;
  const scheme = { type: "oauth2", flows, ...(description !== undefined && { description }) };
  return createTokenScheme("oauth2", options, { name, scheme });
}

const urlsOf: Readonly<Record<string, readonly string[]>> = {
  password: ["tokenUrl"],
  clientCredentials: ["tokenUrl"],
  authorizationCode: ["authorizationUrl", "tokenUrl"],
};

function describeFlows(check: CheckedOptions, flows: unknown): Readonly<Record<string, unknown>> {
  const wanted = `an object with at least one of ${Object.keys(urlsOf).join(", ")}`;
  if (typeof flows !== "object" || flows === null || Object.keys(flows).length === 0) {
    return check.refuse("flows", wanted);
  }
  return Object.fromEntries(Object.entries(flows).map(([name, flow]) => [name, describeFlow(name, flow)]));
}

function describeFlow(name: string, flow: unknown): Readonly<Record<string, unknown>> {
  const refuse = (why: string): never => {
    throw new ApusError("APUS_BAD_OPTION", `oauth2({ flows: { ${name} } }) ${why}.`);
  };
  if (name === "implicit") refuse("is gone: tokens in URLs leak; use authorizationCode, with PKCE");
  const urls = Object.hasOwn(urlsOf, name) ? urlsOf[name] : undefined;
  if (urls === undefined) return refuse(`does not exist; there are ${Object.keys(urlsOf).join(", ")}`);
  if (typeof flow !== "object" || flow === null) return refuse(`must be an object with ${urls.join(" and ")}`);
  const given = flow as Readonly<Record<string, unknown>>;
  const stray = Object.keys(flow).find((option) => ![...urls, "refreshUrl", "scopes"].includes(option));
  if (stray !== undefined) refuse(`has no option ${JSON.stringify(stray)}`);
  const missing = urls.find((option) => given[option] === undefined);
  if (missing !== undefined) refuse(`needs ${missing}`);
  const wrong = [...urls, "refreshUrl"].find((option) => given[option] !== undefined && !isLocation(given[option]));
  if (wrong !== undefined) refuse(`has a ${wrong} that is no http(s) URL, neither absolute nor relative`);
  const { scopes = {} } = given;
  if (!isScopes(scopes)) refuse("has scopes that are no object of descriptions by scope");
  return { ...given, scopes };
}

function isLocation(value: unknown): boolean {
  if (typeof value !== "string" || value === "") return false;
  const url = URL.parse(value, "https://relative.invalid/");
  return url !== null && (url.protocol === "https:" || url.protocol === "http:");
}

function isScopes(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([scope, words]) => isScope(scope) && typeof words === "string");
}

/** A scope-token (RFC 6749 §3.3). */
function isScope(text: string): boolean {
  return /^[!#-[\]-~]+$/.test(text);
}
