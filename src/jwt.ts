/** The entry "apus/jwt": JSON Web Tokens, verified as a security scheme and signed, by the package jose. */

export type { JwtAlgorithm, JwtKey } from "./security/jwt-algorithms.ts";
export type { JwtKeyOptions } from "./security/jwt-keys.ts";
export { jwt } from "./security/jwt-scheme.ts";
export type { JwtClaims, JwtOptions } from "./security/jwt-scheme.ts";
export type { JwksFetchOptions } from "./security/remote-keys.ts";
export { signJwt } from "./security/sign-jwt.ts";
export type { SignJwtOptions } from "./security/sign-jwt.ts";
