/** What every server is asked for: rows of a list, bytes of a stream, and the settings that the runner passes on. */

/** Where to listen; the runner gives a free port. */
export const port: number = Number(process.env["PORT"] ?? 8000);

/** How many further routes to declare, for the scenario with many of them. */
export const extraRoutes: number = Number(process.env["EXTRA_ROUTES"] ?? 0);

/** Only loopback: nothing here is for a network. */
export const host = "127.0.0.1";

/** Where the files of the scenario are, and where uploads may be saved. */
export const filesFolder: string = process.env["FILES_FOLDER"] ?? "";

/** Milliseconds between two events for one reader. */
export const eventPause = 250;

/** The data of an event. */
export const eventData = { price: 12.5, symbol: "APUS", at: "2026-11-23T00:00:00Z", note: "x".repeat(160) };

/** A row as a database would give it, with a column that no answer may show. */
export interface Row {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  readonly active: boolean;
  readonly tags: string[];
  readonly internalNote: string;
}

function buildRows(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index,
    name: `Item number ${index}`,
    price: index / 4,
    active: index % 3 === 0,
    tags: ["red", "green"],
    internalNote: "never leaves",
  }));
}

const lists = new Map([100, 10_000].map((count) => [count, buildRows(count)]));

/** The rows of `/list/{count}`, made once. */
export function listRows(count: number): Row[] {
  return lists.get(count) ?? [];
}

/** Bytes of one chunk of `/stream`. */
export const streamChunk: Uint8Array = new Uint8Array(65_536).fill(120);

/** Chunks of `/stream`: 100 MiB together. */
export const streamChunks = 1_600;

/** The body of `/stream`, chunk by chunk. */
export async function* streamBytes(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < streamChunks; index++) yield streamChunk;
}

/** The bytes of a body that is read as it comes. */
export async function countBytes(body: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.byteLength;
  return bytes;
}
