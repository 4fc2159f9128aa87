/** Writes the sources of an API of any size, in stages, so that each stage's type-check cost can be told from the last. */

/**
 * What is written, each stage on top of the one before:
 * `schemas` alone (the floor: the schema library's own cost), the `routes` that use them, the `client` typed by the
 * modules, one of its `calls` per route, and the same calls `again`.
 */
export type Stage = "schemas" | "routes" | "client" | "calls" | "again";

export const stages: readonly Stage[] = ["schemas", "routes", "client", "calls", "again"];

export interface ApiShape {
  readonly routes: number;
  readonly stage: Stage;
}

/** The text of each file, by its name. */
export type Sources = ReadonlyMap<string, string>;

const routesPerFile = 50;
const callsPerFile = 50;

/** The sources of one stage; every stage imports the same packages, so that their own cost is equal in all. */
export function generateApi({ routes, stage }: ApiShape): Sources {
  const depth = stages.indexOf(stage);
  const sources = new Map([["packages.ts", packages]]);
  const modules: string[] = [];
  for (let first = 0; first < routes; first += routesPerFile) {
    const name = `module-${first / routesPerFile}.ts`;
    modules.push(name);
    const numbers = range(first, Math.min(first + routesPerFile, routes));
    sources.set(name, writeModule(numbers, depth >= stages.indexOf("routes")));
  }
  if (depth < stages.indexOf("client")) return sources;
  sources.set("api.ts", modules.map((name) => `export * from "./${name}";\n`).join(""));
  sources.set("client.ts", client);
  const rounds = depth - stages.indexOf("client");
  for (let round = 0; round < rounds; round++) {
    for (let first = 0; first < routes; first += callsPerFile) {
      const numbers = range(first, Math.min(first + callsPerFile, routes));
      sources.set(`calls-${round}-${first / callsPerFile}.ts`, writeCalls(numbers));
    }
  }
  return sources;
}

function range(first: number, end: number): readonly number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

const packages = `import { Router } from "apus";
import { createClient } from "apus/client";
import { z } from "zod";

export const imported = [Router, createClient, z];
`;

const client = `import { createClient } from "apus/client";

export const client = createClient<typeof import("./api.ts")>({ baseUrl: "http://localhost:8000" });
export const methods = [client.get, client.post];
`;

function writeModule(numbers: readonly number[], withRoutes: boolean): string {
  const first = numbers[0] ?? 0;
  const router = `\nexport const router${first} = new Router({ prefix: "/part${first / routesPerFile}" });\n`;
  const declared = numbers.map((number) => writeSchemas(number) + (withRoutes ? writeRoute(number, `router${first}`) : ""));
  return `${withRoutes ? 'import { Router } from "apus";\n' : ""}import { z } from "zod";\n${withRoutes ? router : ""}${declared.join("")}`;
}

const isPost = (number: number): boolean => number % 2 === 0;
const hasErrors = (number: number): boolean => number % 5 === 0;

/** Eight fields go in (a body of a POST, the query of a GET) and eight come out; a POST has a short query too. */
function writeSchemas(number: number): string {
  const n = String(number);
  const error = hasErrors(number) ? `\nexport const Missing${n} = z.object({ id: z.int(), reason: z.string() });` : "";
  const input = `
export const Given${n} = z.object({
  name: z.string().min(1),
  price: z.number().positive(),
  count: z.int().default(1),
  active: z.boolean(),
  kind: z.enum(["small", "large"]),
  tags: z.array(z.string()),
  note: z.string().optional(),
  field${n}: z.string().max(200),
});`;
  const query = isPost(number)
    ? `\nexport const Query${n} = z.object({ dryRun: z.boolean().default(false), trace: z.string().optional() });`
    : "";
  return `${input}${query}
export const Found${n} = z.object({
  id: z.int(),
  name: z.string(),
  price: z.number(),
  active: z.boolean(),
  kind: z.enum(["small", "large"]),
  tags: z.array(z.string()),
  note: z.string().optional(),
  field${n}: z.string(),
});${error}
`;
}

function writeRoute(number: number, router: string): string {
  const n = String(number);
  const inputs = isPost(number) ? `query: Query${n}, body: Given${n}` : `query: Given${n}`;
  const errors = hasErrors(number) ? `, errors: { 404: Missing${n}, 409: "Taken" }` : "";
  const given = isPost(number) ? "body" : "query";
  const log = isPost(number) ? 'log.info("made", { dryRun: query.dryRun });' : 'log.info("read");';
  return `
export const operation${n} = ${router}.${isPost(number) ? "post" : "get"}(
  "/resource${n}/{id:int}/items",
  { ${inputs}, response: Found${n}${errors} },
  async ({ path, query${isPost(number) ? ", body" : ""}, log }) => {
    ${log}
    const { name, price, active, kind, tags, field${n} } = ${given};
    return { id: path.id, name, price, active, kind, tags, field${n} };
  },
);
`;
}

function writeCalls(numbers: readonly number[]): string {
  return `import { client } from "./client.ts";\n${numbers.map(writeCall).join("")}`;
}

/** A call that reads a field of what it gives; where errors are declared, through `outcome` and every branch of it. */
function writeCall(number: number): string {
  const n = String(number);
  const method = isPost(number) ? "post" : "get";
  const given = `{ name: "a", price: 1, active: true, kind: "small", tags: [], field${n}: "b" }`;
  const places = isPost(number) ? `query: { trace: "t" }, body: ${given}` : `query: ${given}`;
  const words = `"/part${Math.floor(number / routesPerFile)}/resource${n}/{id:int}/items", { path: { id: ${n} }, ${places} }`;
  if (!hasErrors(number)) {
    return `
export async function call${n}(): Promise<string> {
  const found = await client.${method}(${words});
  return found.field${n};
}
`;
  }
  return `
export async function call${n}(): Promise<string> {
  const outcome = await client.${method}.outcome(${words});
  if (outcome.ok) return outcome.data.field${n};
  if (outcome.status === 404) return outcome.problem.reason;
  return outcome.problem.title;
}
`;
}
