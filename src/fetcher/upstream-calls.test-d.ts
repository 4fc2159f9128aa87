/** Types of a client's calls: what they ask for, what they give, and what they refuse. */

import type { z } from "zod";
import type { HttpClient } from "./upstream-calls.ts";
import type { UpstreamAnswer } from "./upstream-answer.ts";

declare const client: HttpClient;
declare const User: z.ZodType<{ readonly name: string }>;
declare const name: string;
declare function expect<Type>(value: Type): void;

// The result is the schema's, or the answer; with `none` it may be undefined.
expect<{ readonly name: string }>(await client.get("/users/{name}", { path: { name }, response: User }));
expect<UpstreamAnswer>(await client.get("/users"));
expect<UpstreamAnswer>(await client.get("/users", { query: { page: 1, tags: ["a"] } }));
expect<{ readonly name: string } | undefined>(await client.get("/me", { response: User, none: [404] }));
// @ts-expect-error -- it may be undefined
expect<{ readonly name: string }>(await client.get("/me", { response: User, none: [404] }));
expect<unknown>(await (await client.get("/me")).json());
expect<string>((await (await client.get("/me")).json(User)).name);

// Path parameters are asked for by name, whatever their converter is called.
await client.get("/{a}/{b:int}...{c:path}", { path: { a: "x", b: 1, c: "y/z" } });
// @ts-expect-error -- a parameter is missing
await client.get("/users/{name}");
// @ts-expect-error -- a parameter is missing
await client.get("/users/{name}", { response: User });
// @ts-expect-error -- another parameter
await client.get("/users/{name}", { path: { id: 1 } });
// @ts-expect-error -- an object is no parameter
await client.get("/users/{name}", { path: { name: {} } });
// A path that is not known has none.
await client.get(name);
await client.get(new URL(name));

// @ts-expect-error -- there is no such option
await client.get("/users", { timeout: 5 });
// @ts-expect-error -- there is no such limit
await client.get("/users", { timeouts: { connect: 5 } });

// @ts-expect-error -- one and the same goes for streams
await client.stream("/users/{name}");
await client.stream("/users/{name}", { path: { name }, method: "POST", json: {} });
for await (const piece of await client.stream("/users")) expect<Uint8Array>(piece);

expect<{ readonly name: string }>(await client.fetchUntrusted(name, { response: User }));
expect<UpstreamAnswer>(await client.fetchUntrusted(name, { method: "POST", json: { a: 1 } }));
expect<UpstreamAnswer>(await client.fetchUntrusted(name));
// @ts-expect-error -- a user's URL is no template
await client.fetchUntrusted(name, { path: { name } });
