/** User name and password in `authorization: Basic …` (RFC 7617). */

import { readAuthorization } from "./authorization-field.ts";
import { checkSchemeOptions, createScheme, type Scheme, type SchemeOptions } from "./scheme.ts";

export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

export interface BasicOptions<Result, Optional> extends SchemeOptions<BasicCredentials, Result, Optional> {
  /** The scheme's name in the documentation; "basic" by default. */
  readonly name?: string | undefined;
  /** What browsers show when they ask for the password; "Restricted" by default, since the RFC wants one. */
  readonly realm?: string | undefined;
}

/**
 * The user name and the password, or what `verify` makes of them; anything else is a 401 that asks for them in UTF-8.
 * @throws ApusError APUS_BAD_OPTION
 */
export function basic<Result = BasicCredentials, Optional extends boolean = false>(
  options: BasicOptions<Result, Optional> = {},
): Scheme<Result, Optional> {
  checkSchemeOptions("basic", options, ["name", "description", "optional", "verify", "realm"]);
  const { name = "basic", description, realm = "Restricted" } = options;
  return createScheme<BasicCredentials>({
    factory: "basic",
    use: { name, scheme: { type: "http", scheme: "basic", ...(description !== undefined && { description }) } },
    options,
    challenge: { scheme: "Basic", parameters: { realm, charset: "UTF-8" } },
    read: ({ headers }, refused) => {
      const found = readAuthorization(headers, "basic");
      if (found === undefined) return undefined;
      const credentials = found === "repeated" ? undefined : parseCredentials(found.credentials);
      if (credentials === undefined) throw refused();
      return credentials;
    },
  }) as Scheme<Result, Optional>;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** undefined for what is no Base64, no UTF-8, has no colon or has control characters (RFC 7617 §2). */
function parseCredentials(encoded: string): BasicCredentials | undefined {
  const bytes = Buffer.from(encoded, "base64");
  // Node skips what is no Base64, so that one pair would have many spellings.
  if (bytes.toString("base64") !== encoded) return undefined;
  const text = decodeText(bytes);
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon === -1 || /\p{Cc}/u.test(text)) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
