/** Values of PostgreSQL as JavaScript has them: integers as numbers where they fit, dates without a time as text. */

import type { CustomTypesConfig } from "pg";
import type { PgPackage } from "./load-kysely.ts";

/** Object identifiers of types (pg_type.dat). */
const bigintType = 20;
const dateType = 1082;

/** pg gives 64-bit integers as text, and a date as midnight of the machine's own time zone. */
export function buildTypeParsers({ types }: PgPackage): CustomTypesConfig {
  const getTypeParser: CustomTypesConfig["getTypeParser"] = (type: number, format?: string) => {
    if (format !== "binary" && type === bigintType) return parseInteger;
    if (format !== "binary" && type === dateType) return keepText;
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- types of extensions have numbers of their own
    return types.getTypeParser(type, format as "text");
  };
  return { getTypeParser };
}

function keepText(text: string): string {
  return text;
}

function parseInteger(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}
