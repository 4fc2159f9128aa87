/** Pages of a list by the place where the one before ended: as fast for the last page as for the first, and none is shown twice. */

import type { Expression, SelectQueryBuilder, Sql, SqlBool, StringReference } from "kysely";
import { ApusError } from "../errors/apus-error.ts";
import { ValidationError } from "../errors/http-error.ts";
import { loadKysely } from "./load-kysely.ts";
import { CursorCodec, type CursorValue } from "./page-cursor.ts";

/** A column, and a direction behind it: "id", "created_at desc". */
export type PageOrder<DB, TB extends keyof DB> = `${StringReference<DB, TB>}${"" | " asc" | " desc"}`;

export interface PageOptions<DB, TB extends keyof DB> {
  /** What the list is ordered by; together they are never null, and never the same for two rows: end with a key. */
  readonly by: readonly PageOrder<DB, TB>[];
  /** Items of a page. */
  readonly size: number;
  /** The `next` of the page before; undefined for the first one. */
  readonly cursor?: string | undefined;
  /** What cursors are signed with, at least 16 characters; of several the first signs and all verify. */
  readonly secret: string | readonly string[];
}

/** A page; `next` is undefined on the last one. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next: string | undefined;
}

interface OrderColumn {
  readonly column: string;
  readonly isDescending: boolean;
  /** Under which name its value is read beside what the query selects. */
  readonly alias: string;
}

/**
 * Runs a query for one page of its rows. The query has conditions and columns, but no order and no limit.
 * @throws ValidationError 422 for a cursor that is not of this list; ApusError APUS_BAD_OPTION
 */
export async function page<DB, TB extends keyof DB, Item>(
  query: SelectQueryBuilder<DB, TB, Item>,
  options: PageOptions<DB, TB>,
): Promise<Page<Item>> {
  const { size, cursor, secret, by } = options;
  if (!Number.isSafeInteger(size) || size < 1) throw refuse("size", "a whole number from 1 on");
  const { orderBy, limit } = query.toOperationNode();
  if (orderBy !== undefined || limit !== undefined) throw refuse("by", "the only order of a query without a limit");
  const columns = readOrder(by);
  const codec = new CursorCodec(secret, JSON.stringify(by));
  const values = cursor === undefined ? undefined : codec.decode(cursor);
  if (cursor !== undefined && values === undefined) throw refuseCursor();
  const rows = await readRows(query as unknown as AnyQuery, { columns, values, size: size + 1 });
  const items = rows.slice(0, size);
  const last = rows.length > size ? items.at(-1) : undefined;
  const next = last === undefined ? undefined : codec.encode(columns.map((column) => readValue(last, column)));
  for (const item of items) for (const { alias } of columns) delete item[alias];
  return { items: items as Item[], next };
}

/** A query without its types: they depend on those of the columns. */
type AnyQuery = SelectQueryBuilder<Record<string, Record<string, unknown>>, string, Record<string, unknown>>;

interface Wanted {
  readonly columns: readonly OrderColumn[];
  /** Where the page before ended. */
  readonly values: readonly CursorValue[] | undefined;
  readonly size: number;
}

async function readRows(query: AnyQuery, { columns, values, size }: Wanted): Promise<Record<string, unknown>[]> {
  const { sql } = await loadKysely();
  const limited = query.limit(size);
  // A timestamp of PostgreSQL has microseconds, a Date has not: text keeps all of it.
  const asText = !limited.compile().sql.endsWith("?");
  let wanted = limited;
  for (const { column, isDescending, alias } of columns) {
    const value = asText ? sql`cast(${sql.ref(column)} as text)` : sql`${sql.ref(column)}`;
    wanted = wanted.select(value.as(alias)).orderBy(sql.ref(column), isDescending ? "desc" : "asc") as AnyQuery;
  }
  return (values === undefined ? wanted : wanted.where(buildCondition(sql, columns, values))).execute();
}

/** Behind a row: by one comparison of all columns where they have one direction, which an index answers; else column by column. */
function buildCondition(
  sql: Sql,
  columns: readonly OrderColumn[],
  values: readonly CursorValue[],
): Expression<SqlBool> {
  const [first] = columns;
  const refs = columns.map(({ column }) => sql.ref(column));
  const compare = (isDescending: boolean): Expression<unknown> => sql.raw(isDescending ? "<" : ">");
  if (columns.every(({ isDescending }) => isDescending === first?.isDescending)) {
    return sql<SqlBool>`(${sql.join(refs)}) ${compare(first?.isDescending === true)} (${sql.join(values)})`;
  }
  const cases = columns.map(({ isDescending }, index) => {
    const equal = refs.slice(0, index).map((ref, before) => sql`${ref} = ${values[before]}`);
    return sql`(${sql.join([...equal, sql`${refs[index]} ${compare(isDescending)} ${values[index]}`], sql` and `)})`;
  });
  return sql<SqlBool>`(${sql.join(cases, sql` or `)})`;
}

function readOrder(by: readonly string[]): readonly OrderColumn[] {
  if (!Array.isArray(by) || by.length === 0) throw refuse("by", `a list of columns, such as ["created_at desc", "id"]`);
  return by.map((text: unknown, index) => {
    const found = /^(?<column>\S+)(?: (?<direction>asc|desc))?$/.exec(String(text))?.groups;
    if (found?.["column"] === undefined) throw refuse("by", `a list of columns, such as ["created_at desc", "id"]`);
    return { column: found["column"], isDescending: found["direction"] === "desc", alias: `apusPage${index}` };
  });
}

function readValue(row: Readonly<Record<string, unknown>>, { column, alias }: OrderColumn): CursorValue {
  const value = row[alias];
  if (["string", "number", "bigint", "boolean"].includes(typeof value)) return value as CursorValue;
  const found = value === null || value === undefined ? "null" : "no text and no number";
  throw new ApusError("APUS_BAD_OPTION", `page({ by }) has "${column}", which is ${found} in a row; order by others.`);
}

function refuse(option: string, wanted: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `page({ ${option} }) must be ${wanted}.`);
}

function refuseCursor(): ValidationError {
  const message = "is not a cursor of this list";
  return new ValidationError([{ in: "query", pointer: "/cursor", message, code: "cursor" }]);
}
