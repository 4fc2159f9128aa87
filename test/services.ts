/** The real servers that tests talk to: their addresses, why a test has to be skipped without one, and databases of its own. */

import { randomBytes } from "node:crypto";
import { Client } from "pg";

export type ServiceKind = "postgres" | "redis";

export interface Service {
  /** The server's address; undefined when there is none. */
  readonly url: string | undefined;
  /** For `test(name, { skip }, …)`: false when there is a server, otherwise how to get one. */
  readonly skip: string | false;
}

const known = {
  postgres: { variable: "DATABASE_URL", title: "PostgreSQL" },
  redis: { variable: "REDIS_URL", title: "Redis" },
} as const;

/**
 * The server of this kind that tests may use: the one of the environment's `DATABASE_URL` or `REDIS_URL`.
 * @throws Error when there is none and `APUS_NEED_SERVICES` is set, as on CI
 */
export function servicesFor(kind: ServiceKind): Service {
  const { variable, title } = known[kind];
  const url = process.env[variable];
  if (url !== undefined && url !== "") return { url, skip: false };
  const remedy = `needs ${title}: run node scripts/services.ts run ${kind} -- npm test`;
  if ((process.env["APUS_NEED_SERVICES"] ?? "") !== "") throw new Error(`${variable} is not set: this test ${remedy}`);
  return { url: undefined, skip: remedy };
}

/** An empty database that goes when it is disposed of, with everybody who is still connected to it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
}

/**
 * Creates a database with a random name on the PostgreSQL of `DATABASE_URL`.
 * @throws Error when there is no PostgreSQL
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url: server, skip } = servicesFor("postgres");
  if (server === undefined) throw new Error(`This test ${String(skip)}`);
  const name = `test_${randomBytes(8).toString("hex")}`;
  await runOnServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    [Symbol.asyncDispose]: () => runOnServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function runOnServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
