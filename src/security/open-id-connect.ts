/** Access tokens of an OpenID Connect provider, documented by the URL of its discovery document. */

import { createTokenScheme, tokenOptionNames, type TokenOptions } from "./bearer.ts";
import { checkSchemeOptions, type Scheme } from "./scheme.ts";

export interface OpenIdConnectOptions<Result, Optional> extends TokenOptions<Result, Optional> {
  /** `https://…/.well-known/openid-configuration`. */
  readonly url: string;
}

/**
 * The bearer token, or what `verify` makes of it. It is only documented from the provider's discovery document, not
 * verified by it: `jwt({ scheme, jwks, … })` does that.
 * @throws ApusError APUS_BAD_OPTION
 */
export function openIdConnect<Result = string, Optional extends boolean = false>(
  options: OpenIdConnectOptions<Result, Optional>,
): Scheme<Result, Optional> {
  const check = checkSchemeOptions("openIdConnect", options, [...tokenOptionNames, "url"]);
  const { name = "openIdConnect", description, url } = options;
  const protocol = typeof url === "string" ? URL.parse(url)?.protocol : undefined;
  if (protocol !== "https:" && protocol !== "http:") check.refuse("url", "an absolute URL of https or http");
  const scheme = {
    type: "openIdConnect",
    openIdConnectUrl: url,
    ...(description !== undefined && { description }),
  };
  return createTokenScheme("openIdConnect", options, { name, scheme });
}
