/** The packages that SQL needs, loaded when a database is opened. */

import type * as kysely from "kysely";
import type * as migration from "kysely/migration";
import type * as pg from "pg";
import { ApusError } from "../errors/apus-error.ts";

export type KyselyPackage = typeof kysely;
export type MigrationPackage = typeof migration;
export type PgPackage = typeof pg;

/** @throws ApusError APUS_MISSING_PACKAGE */
export function loadKysely(): Promise<KyselyPackage> {
  return load("kysely@0.29", () => import("kysely"));
}

/** @throws ApusError APUS_MISSING_PACKAGE */
export function loadMigration(): Promise<MigrationPackage> {
  return load("kysely@0.29", () => import("kysely/migration"));
}

/** @throws ApusError APUS_MISSING_PACKAGE */
export async function loadPg(): Promise<PgPackage> {
  const found = await load("pg@8", () => import("pg"));
  // Of a CommonJS package not every name is found; its default has all.
  return "default" in found ? (found.default as unknown as PgPackage) : found;
}

async function load<T>(wanted: string, from: () => Promise<T>): Promise<T> {
  try {
    return await from();
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    const [name = wanted] = wanted.split("@");
    const message = `database() needs the package "${name}": install it (npm install ${wanted}).`;
    throw new ApusError("APUS_MISSING_PACKAGE", message, { cause });
  }
}
