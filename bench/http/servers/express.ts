/** The benchmark's endpoints on Express 5, validated with Zod on the way in and, for `/items` and lists, on the way out. */

import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import express from "express";
import { z } from "zod";
import { countBytes, extraRoutes, host, listRows, port, streamBytes } from "./sample-data.ts";
import { Item, NewItem, Rows, TextId, TextQuery } from "./zod-schemas.ts";

interface Request extends IncomingMessage {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
}

interface Answer extends NodeJS.WritableStream {
  json(value: unknown): void;
  status(status: number): Answer;
  type(mediaType: string): Answer;
}

const app = express();
app.use(express.json());

/** The usual few lines: 422 with the issues, or the handler. */
function validated<T>(
  schema: z.ZodType<T>,
  read: (request: Request) => unknown,
  handle: (value: T, answer: Answer) => void,
) {
  return (request: Request, answer: Answer): void => {
    const parsed = schema.safeParse(read(request));
    if (parsed.success) handle(parsed.data, answer);
    else answer.status(422).json({ issues: parsed.error.issues });
  };
}

app.get("/json", (_request: Request, answer: Answer) => answer.json({ hello: "world" }));

app.get(
  "/users/:id",
  validated(
    z.object({ params: TextId, query: TextQuery }),
    ({ params, query }) => ({ params, query }),
    ({ params, query }, answer) => answer.json({ id: params.id, page: query.page, tags: query.tags }),
  ),
);

app.post(
  "/items",
  validated(
    NewItem,
    ({ body }) => body,
    (body, answer) => answer.json(Item.parse({ id: 1, ...body, internalNote: "never leaves" })),
  ),
);

app.get("/wait/:seconds", async ({ params }: Request, answer: Answer) => {
  const seconds = z.coerce.number().int().parse(params["seconds"]);
  await sleep(seconds * 1000);
  answer.json({ waited: seconds });
});

app.get("/list/:count", ({ params }: Request, answer: Answer) => {
  answer.json(Rows.parse(listRows(z.coerce.number().int().parse(params["count"]))));
});

app.get("/stream", (_request: Request, answer: Answer) => {
  Readable.from(streamBytes(), { objectMode: false }).pipe(answer.type("application/octet-stream"));
});

app.post("/upload", async (request: Request, answer: Answer) => answer.json({ bytes: await countBytes(request) }));

for (let index = 0; index < extraRoutes; index++) {
  app.get(
    `/part${index}/items/:id`,
    validated(
      TextId,
      ({ params }) => params,
      ({ id }, answer) => answer.json({ part: index, id }),
    ),
  );
}

app.listen(port, host, () => console.log("ready"));
