/** Keys that tests sign tokens with, and tokens that no library would make. */

import { createHmac, createPublicKey, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export const secret = "a secret of more than thirty-two bytes";
export const issuer = "https://id.example";
export const audience = "items";

export const rsa: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
});
export const ec: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } = generateKeyPairSync("ec", {
  namedCurve: "P-256",
});

/** Seconds since 1970, so many seconds from now. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** Claims that are accepted. */
export const goodClaims = (): Record<string, unknown> => ({
  iss: issuer,
  aud: audience,
  sub: "ann",
  exp: inSeconds(60),
});

const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A token of any header and claims (text is taken as it is), with an HMAC of any bytes. */
export function forgeHmac(header: object | string, claims: object | string, key: string | Buffer = secret): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
}

/** A token signed by an RSA key (RS256) or by an EC key (ES256). */
export function forgeSigned(header: object, claims: object | string, key: KeyObject = rsa.privateKey): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

/** The public half of a key as a member of a key set. */
export function toJwk(key: KeyObject, kid: string, alg: string): JsonWebKey {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

/** A server of key sets: change `answer` to let it fail. */
export interface KeyServer extends AsyncDisposable {
  readonly url: string;
  fetches: number;
  keys: readonly JsonWebKey[];
  answer: "keys" | "error" | "text" | "huge" | "redirect" | "never";
}

/** Starts one on the loopback interface. */
export async function serveKeys(keys: readonly JsonWebKey[]): Promise<KeyServer> {
  const server = createServer((_message, response) => {
    state.fetches += 1;
    if (state.answer === "never") return;
    if (state.answer === "error") return void response.writeHead(500).end("{}");
    if (state.answer === "redirect") return void response.writeHead(302, { location: "/elsewhere" }).end();
    if (state.answer === "text") return void response.end("<html>");
    if (state.answer === "huge") return void response.end(" ".repeat(2_000_000));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: state.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const state: KeyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    fetches: 0,
    keys,
    answer: "keys",
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
}
