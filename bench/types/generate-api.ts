/** Writes the sources of an API of any size, in stages, so that what each stage costs the type checker can be told apart. */

/**
 * What is written. The floor, without the framework: the `schemas` alone; with the `handlers` that use them, typed by
 * the schema library's own inference; with `senders` as well, a typed call of each. The same through the framework:
 * the `routes`, the `client` that the modules type, `calls` (one per route), and every call `repeated` once.
 */
export type Stage = "schemas" | "handlers" | "senders" | "routes" | "client" | "calls" | "repeated";

export const stages: readonly Stage[] = ["schemas", "handlers", "senders", "routes", "client", "calls", "repeated"];

export interface ApiShape {
  readonly routes: number;
  readonly stage: Stage;
}

/** The text of each file, by its name. */
export type Sources = ReadonlyMap<string, string>;

const routesPerFile = 50;

/** The sources of one stage; every stage imports the same packages, so that their own cost is equal in all. */
export function generateApi({ routes, stage }: ApiShape): Sources {
  const reached = (other: Stage): boolean => stages.indexOf(stage) >= stages.indexOf(other);
  const sources = new Map([["packages.ts", packages]]);
  const groups = Array.from({ length: Math.ceil(routes / routesPerFile) }, (_, group) => {
    const first = group * routesPerFile;
    return Array.from({ length: Math.min(routesPerFile, routes - first) }, (__, index) => describeRoute(first + index));
  });
  const writer = moduleWriters[stage];
  for (const [group, described] of groups.entries()) {
    const router = `\nexport const router${group} = new Router({ prefix: "/part${group}" });\n`;
    const opening = `${packageImports}${reached("routes") ? router : ""}`;
    sources.set(`module-${group}.ts`, opening + described.map(writer).join(""));
  }
  if (!reached("client")) return sources;
  sources.set("api.ts", groups.map((_, group) => `export * from "./module-${group}.ts";\n`).join(""));
  sources.set("client.ts", client);
  const rounds = reached("repeated") ? 2 : reached("calls") ? 1 : 0;
  for (let round = 0; round < rounds; round++) {
    for (const [group, described] of groups.entries()) {
      sources.set(`calls-${group}-${round}.ts`, callImports + described.map(writeCall).join(""));
    }
  }
  return sources;
}

const packageImports = 'import { Router } from "apus";\nimport { z } from "zod";\n';
const callImports = 'import { client } from "./client.ts";\n';
const packages = `${packageImports}import { createClient } from "apus/client";

export const imported = [Router, createClient, z];
`;
const client = `import { createClient } from "apus/client";

export const client = createClient<typeof import("./api.ts")>({ baseUrl: "http://localhost:8000" });
export const methods = [client.get, client.post];
`;

/** A route: every second is a POST, every fifth declares two errors. */
interface Route {
  readonly n: number;
  readonly group: number;
  readonly post: boolean;
  readonly errors: boolean;
}

function describeRoute(n: number): Route {
  return { n, group: Math.floor(n / routesPerFile), post: n % 2 === 0, errors: n % 5 === 0 };
}

const moduleWriters: Readonly<Record<Stage, (route: Route) => string>> = {
  schemas: writeSchemas,
  handlers: (route) => writeSchemas(route) + writeHandler(route),
  senders: (route) => writeSchemas(route) + writeHandler(route) + writeSender(route),
  routes: writeRoute,
  client: writeRoute,
  calls: writeRoute,
  repeated: writeRoute,
};

/** Eight fields go in (the body of a POST, the query of a GET) and eight come out; a POST has a short query too. */
function writeSchemas({ n, post, errors }: Route): string {
  const query = `
export const Query${n} = z.object({ dryRun: z.boolean().default(false), trace: z.string().optional() });`;
  const missing = `
export const Missing${n} = z.object({ id: z.int(), reason: z.string() });`;
  return `
export const Given${n} = z.object({
  name: z.string().min(1),
  price: z.number().positive(),
  count: z.int().default(1),
  active: z.boolean(),
  kind: z.enum(["small", "large"]),
  tags: z.array(z.string()),
  note: z.string().optional(),
  field${n}: z.string().max(200),
});
export const Found${n} = z.object({
  id: z.int(),
  name: z.string(),
  price: z.number(),
  active: z.boolean(),
  kind: z.enum(["small", "large"]),
  tags: z.array(z.string()),
  note: z.string().optional(),
  field${n}: z.string(),
});${post ? query : ""}${errors ? missing : ""}
`;
}

/** What a handler does with its input, the same with and without the framework. */
function writeHandlerBody({ n, post }: Route): string {
  return `{${post ? "\n    if (query.dryRun) throw new Error(query.trace);" : ""}
    const { name, price, active, tags, field${n} } = ${post ? "body" : "query"};
    return { id: path.id, name, price, active, kind: "small", tags, field${n} };
  }`;
}

function writeHandler(route: Route): string {
  const { n, post } = route;
  const inputs = post
    ? `{ path: { id: number }; query: z.output<typeof Query${n}>; body: z.output<typeof Given${n}> }`
    : `{ path: { id: number }; query: z.output<typeof Given${n}> }`;
  return `
export const handler${n} =
  async ({ path, query${post ? ", body" : ""} }: ${inputs}): Promise<z.input<typeof Found${n}>> => ${writeHandlerBody(route)};
`;
}

function writeSender(route: Route): string {
  const { n, post, errors } = route;
  const inputs = post
    ? `{ path: { id: number }; query?: z.input<typeof Query${n}>; body: z.input<typeof Given${n}> }`
    : `{ path: { id: number }; query: z.input<typeof Given${n}> }`;
  const data = `z.output<typeof Found${n}>`;
  const outcome = `{ ok: true; status: number; data: ${data} }
  | { ok: false; status: 404; problem: { title: string } & z.output<typeof Missing${n}> }
  | { ok: false; status: 409 | 422; problem: { title: string } }`;
  return `
declare function send${n}(given: ${inputs}): Promise<${errors ? outcome : data}>;
${writeCaller(route, `send${n}(`)}`;
}

function writeRoute(route: Route): string {
  const { n, group, post, errors } = route;
  const inputs = post ? `query: Query${n}, body: Given${n}` : `query: Given${n}`;
  return `${writeSchemas(route)}
export const operation${n} = router${group}.${post ? "post" : "get"}(
  "/resource${n}/{id:int}/items",
  { ${inputs}, response: Found${n}${errors ? `, errors: { 404: Missing${n}, 409: "Taken" }` : ""} },
  async ({ path, query${post ? ", body" : ""} }) => ${writeHandlerBody(route)},
);
`;
}

function writeCall(route: Route): string {
  const { n, group, post, errors } = route;
  const method = `${post ? "post" : "get"}${errors ? ".outcome" : ""}`;
  return writeCaller(route, `client.${method}("/part${group}/resource${n}/{id:int}/items", `);
}

/** Calls and reads a field of the data; where errors are declared, every branch of the outcome. */
function writeCaller({ n, post, errors }: Route, call: string): string {
  const given = `{ name: "a", price: 1, active: true, kind: "small", tags: [], field${n}: "b" }`;
  const input = `{ path: { id: ${n} }, ${post ? `body: ${given}` : `query: ${given}`} }`;
  const reading = errors
    ? `if (found.ok) return found.data.field${n};
  if (found.status === 404) return found.problem.reason;
  return found.problem.title;`
    : `return found.field${n};`;
  return `
export async function call${n}(): Promise<string> {
  const found = await ${call}${input});
  ${reading}
}
`;
}
