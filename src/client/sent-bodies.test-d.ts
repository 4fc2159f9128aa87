/** What declared bodies type: the handler's value, and what a call of the client must have for it. */

import { z } from "zod";
import { dependency } from "../dependencies/dependency.ts";
import type { HandlerInput, Operation, OperationOptions } from "../operation/operation.ts";
import { csvBody, jsonLinesBody, rawBody, streamBody } from "../parameters/body-format.ts";
import type { ClientInput } from "./client-types.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_holds: Same<A, B>): void => {};

const Row = z.object({ id: z.int(), name: z.string().default("x") });
type RowIn = { id: number; name?: string | undefined };
type RowOut = { id: number; name: string };

const declare = <const Options extends OperationOptions>(options: Options): Options => options;
type Body<Options> = HandlerInput<unknown, Options> extends { readonly body: infer Value } ? Value : never;
type Call<Options extends OperationOptions> = ClientInput<Operation<"POST", "/", Options, Record<never, never>>>;

const raw = declare({ body: rawBody({ types: ["image/png"] }) });
const streamed = declare({ body: streamBody() });
const lines = declare({ body: jsonLinesBody(Row) });
const table = declare({ body: csvBody(Row) });
const german = declare({ body: csvBody(Row, { delimiter: ";" }), query: z.object({ year: z.int() }) });
const guarded = declare({
  body: jsonLinesBody(Row),
  use: { tenant: dependency({ headers: z.object({ tenant: z.string() }) }, ({ headers }) => headers.tenant) },
});

same<Body<typeof raw>, Uint8Array>(true);
same<Body<typeof streamed>, AsyncIterable<Uint8Array>>(true);
same<Body<typeof lines>, AsyncIterable<RowOut>>(true);
same<Body<typeof table>, AsyncIterable<RowOut>>(true);

const bytes = new Uint8Array(1);
export const rawCalls: Call<typeof raw>[] = [
  { body: bytes },
  { body: new Blob([]), onUploadProgress: ({ sent, total }) => [sent, total] },
  { body: new ReadableStream<Uint8Array>() },
  { body: (async function* () {})() },
];
// @ts-expect-error -- a body is needed
export const rawMissing: Call<typeof raw> = {};
// @ts-expect-error -- bytes are needed
export const rawText: Call<typeof streamed> = { body: "text" };

const rows: RowIn[] = [{ id: 1 }];
export const lineCalls: Call<typeof lines>[] = [
  { body: rows, bodyFormat: "json-lines" },
  { body: new Set(rows), bodyFormat: "json-lines" },
  {
    body: (async function* () {
      yield* rows;
    })(),
    bodyFormat: "json-lines",
  },
];
// @ts-expect-error -- how the rows are written has to be said
export const linesUnsaid: Call<typeof lines> = { body: rows };
// @ts-expect-error -- not as a CSV
export const linesAsCsv: Call<typeof lines> = { body: rows, bodyFormat: "csv" };
// @ts-expect-error -- a row has an id
export const linesWrong: Call<typeof lines> = { body: [{ name: "x" }], bodyFormat: "json-lines" };

export const csvCalls: Call<typeof table>[] = [
  { body: rows, bodyFormat: "csv" },
  { body: rows, bodyFormat: "csv", columns: ["id", "name"] },
];
// @ts-expect-error -- no such column
export const csvColumn: Call<typeof table> = { body: rows, bodyFormat: "csv", columns: ["price"] };
export const germanCall: Call<typeof german> = { body: rows, bodyFormat: "csv", delimiter: ";", query: { year: 1 } };
// @ts-expect-error -- the server reads another delimiter
export const germanWrong: Call<typeof german> = { body: rows, bodyFormat: "csv", query: { year: 1 } };

export const guardedCall: Call<typeof guarded> = { body: rows, bodyFormat: "json-lines", headers: { tenant: "a" } };
// @ts-expect-error -- the dependency's header is needed
export const guardedWrong: Call<typeof guarded> = { body: rows, bodyFormat: "json-lines" };

// @ts-expect-error -- no such option
csvBody(Row, { separator: ";" });
// @ts-expect-error -- no such option
rawBody({ maxSize: 5 });
// @ts-expect-error -- a declared body is no schema
declare({ query: rawBody() });
// @ts-expect-error -- a declared body is no answer
declare({ response: jsonLinesBody(Row) });
