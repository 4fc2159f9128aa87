/** Reads rows out of bytes as they come, however they are split into chunks. */

/** Says that more bytes are needed for the next row. */
export const noRow: unique symbol = Symbol("no row");

/** What makes rows of bytes. */
export interface RowReader {
  /** Takes the next bytes, once every row of those before has been taken; undefined says that there are no more. */
  push(chunk: Uint8Array | undefined): void;
  /** The next row, or the promise of it. @throws HttpError for one that cannot be read */
  next(): unknown;
}

/** The rows of a body, at the reader's pace. @throws as the reader and the chunks do */
export async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
  reader: RowReader,
): AsyncGenerator<unknown, void, undefined> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await source.next();
      reader.push(done === true ? undefined : value);
      for (let row = reader.next(); row !== noRow; row = reader.next()) yield row;
      if (done === true) return;
    }
  } finally {
    await source.return?.();
  }
}
