/** Two kinds of token: a short signed one that opens the API, and a long random one that is changed for a new pair, once. */

import { randomBytes, randomUUID } from "node:crypto";
import { equalSecrets, oauth2 } from "apus";
import { jwt, signJwt } from "apus/jwt";
import { z } from "zod";
import { Role, scopesOf, type Account } from "./accounts.ts";

const accessSeconds = 900;
const refreshSeconds = 14 * 24 * 3_600;

const rules = {
  issuer: "notes",
  audience: "notes",
  typ: "at+jwt",
  /** Set it where there are several processes, or a restart logs everybody out. */
  secret: process.env["TOKEN_SECRET"] ?? randomBytes(32),
} as const;

export const TokenPair = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.int(),
  scope: z.string(),
});

/** One that is alive, with the one refresh token that it may use next. */
interface Login {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  refreshSecret: string;
  endsAt: number;
}

const logins = new Map<string, Login>();

/** The claims of an access token. A login that has ended takes its tokens along. */
export const access = jwt({
  ...rules,
  algorithms: ["HS256"],
  claims: z
    .object({ sub: z.string(), role: Role, login: z.uuid() })
    .refine((claims) => logins.has(claims.login), "the login has ended"),
  scheme: oauth2({
    name: "login",
    flows: {
      password: {
        tokenUrl: "/token",
        refreshUrl: "/refresh",
        scopes: { "notes:read": "Read notes", "notes:write": "Write notes", accounts: "See accounts" },
      },
    },
  }),
});

/** The first pair of a login; `asked` are its scopes, all of the role's when there are none. */
export async function startLogin(account: Account, asked: readonly string[]): Promise<z.infer<typeof TokenPair>> {
  for (const [id, { endsAt }] of logins) if (endsAt < Date.now()) logins.delete(id);
  return issuePair({ id: randomUUID(), name: account.name, scopes: asked, refreshSecret: "", endsAt: 0 }, account);
}

/** Ends a login: its tokens open nothing any more. */
export function endLogin(id: string): void {
  logins.delete(id);
}

/**
 * The login of a refresh token; undefined when it has ended. A token that was used before is somebody's copy, so that its
 * login ends for all who have one (RFC 9700 §4.14.2).
 */
export function findLogin(refreshToken: string): Login | undefined {
  const [id = "", secret = ""] = refreshToken.split(".");
  const login = logins.get(id);
  if (login === undefined) return undefined;
  if (login.endsAt >= Date.now() && equalSecrets(secret, login.refreshSecret)) return login;
  logins.delete(id);
  return undefined;
}

/** The next pair. The refresh token before it is used up from here on. */
export async function issuePair(login: Login, account: Account): Promise<z.infer<typeof TokenPair>> {
  const { id, scopes } = login;
  login.refreshSecret = randomBytes(32).toString("base64url");
  login.endsAt = Date.now() + refreshSeconds * 1_000;
  logins.set(id, login);
  // Of the role as it is now: one that lost a scope loses it here.
  const scope = scopesOf[account.role].filter((name) => scopes.length === 0 || scopes.includes(name)).join(" ");
  const claims = { sub: account.name, role: account.role, login: id, scope };
  return {
    refresh_token: `${id}.${login.refreshSecret}`,
    access_token: await signJwt(claims, { ...rules, algorithm: "HS256", expiresIn: accessSeconds }),
    token_type: "Bearer",
    expires_in: accessSeconds,
    scope,
  };
}
