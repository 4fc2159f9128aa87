/** Types of security schemes: what those who use one are given, and what does not compile. */

import { App } from "apus";
import { z } from "zod";
import type { ValueOf } from "../dependencies/dependency.ts";
import { anyOf } from "./any-of.ts";
import { apiKey } from "./api-key.ts";
import { basic, type BasicCredentials } from "./basic.ts";
import { bearer } from "./bearer.ts";
import { jwt, type JwtClaims } from "./jwt-scheme.ts";
import { oauth2 } from "./oauth2.ts";
import { openIdConnect } from "./open-id-connect.ts";
import type { passwordForm, PasswordForm } from "./password-form.ts";
import type { InferOutput } from "../schema/standard-schema.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const assertType = <T extends true>(..._: readonly T[]): void => {};

interface User {
  readonly id: number;
}
declare const findUser: (token: string) => Promise<User | undefined>;

const token = bearer();
const optional = bearer({ optional: true });
const required = bearer({ optional: false });
const user = bearer({ verify: (text) => findUser(text) });
const optionalUser = bearer({ optional: true, verify: findUser });
const checked = basic({ verify: ({ username, password }) => password === "x" && { username } });
const yes = basic({ verify: ({ password }) => password === "x" });
const key = apiKey({ in: "header", name: "x", keys: ["a"] });
const flows = { password: { tokenUrl: "/token" } };

assertType<Equal<ValueOf<typeof token>, string>>();
assertType<Equal<ValueOf<typeof optional>, string | undefined>>();
assertType<Equal<ValueOf<typeof required>, string>>();
assertType<Equal<ValueOf<typeof user>, User>>();
assertType<Equal<ValueOf<typeof optionalUser>, User | undefined>>();
assertType<Equal<ValueOf<typeof checked>, { username: string }>>();
assertType<Equal<ValueOf<typeof yes>, true>>();
const credentials = basic();
assertType<Equal<ValueOf<typeof credentials>, BasicCredentials>>();
assertType<Equal<ValueOf<typeof key>, string>>();

const login = oauth2({ flows, verify: async (_, { scopes }) => ({ scopes }) });
assertType<Equal<ValueOf<typeof login>, { scopes: readonly string[] }>>();
const id = openIdConnect({ url: "https://id.example/", optional: true });
assertType<Equal<ValueOf<typeof id>, string | undefined>>();

const either = anyOf(user, key);
assertType<Equal<ValueOf<typeof either>, User | string>>();
const orNobody = anyOf(optionalUser, key);
assertType<Equal<ValueOf<typeof orNobody>, User | string | undefined>>();

const rules = { issuer: "i", audience: "a", algorithms: ["HS256"], secret: "s" } as const;
const claims = jwt(rules);
assertType<Equal<ValueOf<typeof claims>, JwtClaims>>();
const mine = jwt({ ...rules, claims: z.object({ sub: z.string() }) });
assertType<Equal<ValueOf<typeof mine>, { sub: string }>>();
const perhaps = jwt({ ...rules, optional: true });
assertType<Equal<ValueOf<typeof perhaps>, JwtClaims | undefined>>();
const inCookie = jwt({ ...rules, scheme: apiKey({ in: "cookie", name: "s" }) });
assertType<Equal<ValueOf<typeof inCookie>, JwtClaims>>();
const lenient = jwt({ ...rules, scheme: bearer({ optional: true }), claims: z.object({ sub: z.string() }) });
assertType<Equal<ValueOf<typeof lenient>, { sub: string } | undefined>>();

assertType<Equal<InferOutput<typeof passwordForm>, PasswordForm>>();

// @ts-expect-error -- no such option
bearer({ reaml: "x" });
// @ts-expect-error -- a place is needed
apiKey({ name: "x" });
// @ts-expect-error -- the implicit flow is gone
oauth2({ flows: { implicit: { authorizationUrl: "/authorize" } } });
// @ts-expect-error -- the issuer is needed, or false
jwt({ audience: "a", algorithms: ["HS256"], secret: "s" });
// @ts-expect-error -- there is no algorithm "none"
jwt({ ...rules, algorithms: ["none"] });
// @ts-expect-error -- a scheme that gives a user is none that gives a token
jwt({ ...rules, scheme: user });

// Declared in place, where a context has types of its own to offer.
const app = new App();
app.get("/in-place", { use: { token: bearer() } }, ({ token: given }) => {
  assertType<Equal<typeof given, string>>();
});
app.get("/in-place", { use: { token: bearer({ optional: true }), who: basic() } }, ({ token: given, who }) => {
  assertType<Equal<typeof given, string | undefined>>();
  assertType<Equal<typeof who, BasicCredentials>>();
});
app.get("/in-place", { use: { user: bearer({ verify: findUser }) } }, ({ user: given }) => {
  assertType<Equal<typeof given, User>>();
});
app.get("/in-place", { use: { found: apiKey({ in: "query", name: "k" }), o: oauth2({ flows }) } }, ({ found, o }) => {
  assertType<Equal<typeof found, string>>();
  assertType<Equal<typeof o, string>>();
});
app.get("/in-place", { use: { given: jwt(rules), by: anyOf(bearer({ verify: findUser }), basic()) } }, (input) => {
  assertType<Equal<typeof input.given, JwtClaims>>();
  assertType<Equal<typeof input.by, User | BasicCredentials>>();
});
