/** Writes the rows that a call sends as JSON Lines or as CSV (RFC 4180), piece by piece. Runs in browsers. */

export interface RowFormat {
  readonly bodyFormat: "json-lines" | "csv";
  /** Of a CSV, in their order; those of the first row when they are left out. */
  readonly columns?: readonly string[] | undefined;
  readonly delimiter?: string | undefined;
}

export type Rows = Iterable<unknown> | AsyncIterable<unknown>;

/** Text of rows that are there already is sent in pieces of about so many characters. */
const pieceSize = 65_536;
const encoder = new TextEncoder();

/** @throws TypeError for what is no row, once it is its turn */
export async function* encodeRows(rows: Rows, format: RowFormat): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = format.bodyFormat === "csv" ? new CsvWriter(format) : jsonLinesWriter;
  let text = "";
  // What is made while it is sent is not held back; what is there already goes in pieces.
  const least = Symbol.asyncIterator in rows ? 1 : pieceSize;
  for await (const row of rows) {
    text += writer.write(row);
    if (text.length < least) continue;
    yield encoder.encode(text);
    text = "";
  }
  text += writer.end();
  if (text !== "") yield encoder.encode(text);
}

interface RowWriter {
  write(row: unknown): string;
  end(): string;
}

const jsonLinesWriter: RowWriter = {
  write: (row) => {
    const text = encodeJson(row);
    if (text === undefined) throw new TypeError("A row of JSON Lines is a value that JSON has.");
    return `${text}\n`;
  },
  end: () => "",
};

/** JSON with bigints as text; undefined for what JSON has no word for. */
export function encodeJson(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === "bigint" ? String(member) : member));
}

class CsvWriter implements RowWriter {
  readonly #delimiter: string;
  #columns: readonly string[] | undefined;
  #known: ReadonlySet<string> = new Set();
  #isBegun = false;
  #count = 0;

  constructor({ columns, delimiter = "," }: RowFormat) {
    this.#columns = columns;
    this.#delimiter = delimiter;
  }

  write(row: unknown): string {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new TypeError("A row of a CSV is an object: names of columns, and what stands there.");
    }
    const header = this.#begin(Object.keys(row));
    this.#count += 1;
    const values = row as Readonly<Record<string, unknown>>;
    for (const name in values) {
      if (this.#known.has(name) || values[name] === undefined || !Object.hasOwn(values, name)) continue;
      const remedy = 'give the names of all in "columns"';
      throw new TypeError(`Row ${this.#count} has the column ${JSON.stringify(name)}, the first has not; ${remedy}.`);
    }
    const fields = (this.#columns as readonly string[]).map((name) => this.#encodeField(name, values[name]));
    return header + this.#join(fields);
  }

  end(): string {
    if (this.#isBegun) return "";
    if (this.#columns === undefined) throw new TypeError('A CSV without rows needs the names of its "columns".');
    return this.#begin(this.#columns);
  }

  #begin(names: readonly string[]): string {
    if (this.#isBegun) return "";
    this.#isBegun = true;
    this.#columns ??= names;
    this.#known = new Set(this.#columns);
    return this.#join(this.#columns.map((name) => this.#quote(name)));
  }

  #join(fields: readonly string[]): string {
    // A line with nothing on it is no row.
    const line = fields.length === 1 && fields[0] === "" ? '""' : fields.join(this.#delimiter);
    return `${line}\r\n`;
  }

  #encodeField(name: string, value: unknown): string {
    if (value === undefined || value === null) return "";
    if (typeof value === "string") return this.#quote(value);
    if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") {
      return this.#quote(String(value));
    }
    if (value instanceof Date) return value.toISOString();
    const what = `Row ${this.#count} has an object in the column ${JSON.stringify(name)}`;
    throw new TypeError(`${what}; a CSV has texts only.`);
  }

  #quote(text: string): string {
    const isPlain =
      !text.includes('"') && !text.includes("\n") && !text.includes("\r") && !text.includes(this.#delimiter);
    // A text that begins with a byte order mark would lose it at the head of the file.
    return isPlain && !text.startsWith("\ufeff") ? text : `"${text.replaceAll('"', '""')}"`;
  }
}
