/** Rows between threads: one flat list of values, as JSON where JSON can say it; objects would cost four times as much to send. */

/** Some rows of a result; `values` has those of all rows, one row after the other. */
export interface PackedRows {
  readonly names: readonly string[];
  readonly count: number;
  readonly values: string | readonly unknown[];
}

/** Integers become numbers wherever a number holds them. */
export function packRows(names: readonly string[], rows: readonly (readonly unknown[])[]): PackedRows {
  const values: unknown[] = [];
  let isJson = true;
  for (const row of rows) {
    for (const value of row) {
      const sent = typeof value === "bigint" && isSafe(value) ? Number(value) : value;
      isJson &&= fitsJson(sent);
      values.push(sent);
    }
  }
  return { names, count: rows.length, values: isJson ? JSON.stringify(values) : values };
}

/** The rows as plain objects; of columns with one name the last one counts. */
export function unpackRows({ names, count, values }: PackedRows): Record<string, unknown>[] {
  const flat = typeof values === "string" ? (JSON.parse(values) as unknown[]) : values;
  const rows: Record<string, unknown>[] = [];
  let next = 0;
  for (let index = 0; index < count; index += 1) {
    const row: Record<string, unknown> = {};
    for (const name of names) {
      const value = flat[next];
      next += 1;
      // Assigned, this one would be lost.
      if (name === "__proto__") Object.defineProperty(row, name, { value, enumerable: true, configurable: true });
      else row[name] = value;
    }
    rows.push(row);
  }
  return rows;
}

/** Not bytes, not large integers, and none of the numbers that JSON has no word for. */
function fitsJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === "string" || value === null;
}

function isSafe(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
}
