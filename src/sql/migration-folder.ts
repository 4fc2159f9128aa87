/** A folder of migrations: a file for each, run in the order of their names. */

import { readdir } from "node:fs/promises";
import { join, parse, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Migration } from "kysely/migration";
import { ApusError } from "../errors/apus-error.ts";

/** A migration that was read; `name` is the file's without its ending, so that it is the same after a build. */
export interface MigrationFile {
  readonly name: string;
  readonly path: string;
  readonly migration: Migration;
}

const moduleEndings: ReadonlySet<string> = new Set([".ts", ".mts", ".js", ".mjs"]);
const otherFiles = /\.(?:d|test|test-d)\.m?ts$|\.test\.m?js$/;

/**
 * Reads every module of a folder, in the order of their names.
 * @throws ApusError APUS_MIGRATION
 */
export async function readMigrations(folder: string | URL): Promise<readonly MigrationFile[]> {
  const directory = typeof folder === "string" ? resolve(folder) : fileURLToPath(folder);
  const found = new Map<string, MigrationFile>();
  for (const file of (await listFiles(directory)).toSorted()) {
    const { name, ext } = parse(file);
    if (!moduleEndings.has(ext) || otherFiles.test(file)) continue;
    const path = join(directory, file);
    const twin = found.get(name);
    if (twin !== undefined) {
      throw new ApusError("APUS_MIGRATION", `${twin.path} and ${path} are the same migration; remove one of them.`);
    }
    found.set(name, { name, path, migration: await importMigration(path) });
  }
  return [...found.values()];
}

async function listFiles(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    const message = `The folder of migrations ${directory} cannot be read: ${(cause as Error).message}`;
    throw new ApusError("APUS_MIGRATION", message, { cause });
  }
}

async function importMigration(path: string): Promise<Migration> {
  let module: Partial<Migration>;
  try {
    module = (await import(pathToFileURL(path).href)) as Partial<Migration>;
  } catch (cause) {
    throw new ApusError("APUS_MIGRATION", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const { up, down } = module;
  if (typeof up !== "function" || (down !== undefined && typeof down !== "function")) {
    const remedy = "export async function up(database) { … }, and down beside it";
    throw new ApusError("APUS_MIGRATION", `${path} exports no function up: ${remedy}.`);
  }
  return down === undefined ? { up } : { up, down };
}
