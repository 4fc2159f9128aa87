/** Reads the address of a database: postgres://… or sqlite:FILE. */

import { ApusError } from "../errors/apus-error.ts";

export type DatabaseAddress =
  | { readonly dialect: "postgres"; readonly connectionString: string }
  | { readonly dialect: "sqlite"; readonly file: string };

/**
 * `postgres://user:password@host:5432/name`, `sqlite:path/to/file.db` (relative to the working directory), or
 * `sqlite::memory:`. The message never has the address in it: it may hold a password.
 * @throws ApusError APUS_BAD_OPTION
 */
export function parseDatabaseUrl(url: unknown): DatabaseAddress {
  const wanted = `"postgres://…", "sqlite:file.db" or "sqlite::memory:"`;
  if (typeof url !== "string") throw refuse(`a ${typeof url}`, wanted);
  if (/^postgres(?:ql)?:\/\//i.test(url) && URL.canParse(url)) {
    return { dialect: "postgres", connectionString: url };
  }
  const file = /^sqlite:(?:\/\/)?(?<file>.+)$/is.exec(url)?.groups?.["file"];
  if (file === undefined) throw refuse("something else", wanted);
  return { dialect: "sqlite", file };
}

function refuse(found: string, wanted: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `database({ url }) was given ${found}; it must be ${wanted}.`);
}
