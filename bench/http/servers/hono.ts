/** The benchmark's endpoints on Hono 4 on Node, validated with Zod on the way in and, for `/items` and lists, on the way out. */

import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import { z } from "zod";
import { countBytes, extraRoutes, host, listRows, port, streamBytes } from "./sample-data.ts";
import { Item, NewItem, Rows, TextId, TextQuery } from "./zod-schemas.ts";

interface Context {
  readonly req: { valid(place: string): any; readonly raw: Request };
  json(value: unknown): Response;
  body(stream: ReadableStream): Response;
}

const app = new Hono();

app.get("/json", (c: Context) => c.json({ hello: "world" }));

app.get("/users/:id", zValidator("param", TextId), zValidator("query", TextQuery), (c: Context) => {
  const { page, tags } = c.req.valid("query");
  return c.json({ id: c.req.valid("param").id, page, tags });
});

app.post("/items", zValidator("json", NewItem), (c: Context) =>
  c.json(Item.parse({ id: 1, ...c.req.valid("json"), internalNote: "never leaves" })),
);

app.get("/wait/:seconds", zValidator("param", z.object({ seconds: z.coerce.number().int() })), async (c: Context) => {
  const { seconds } = c.req.valid("param");
  await sleep(seconds * 1000);
  return c.json({ waited: seconds });
});

app.get("/list/:count", zValidator("param", z.object({ count: z.coerce.number().int() })), (c: Context) =>
  c.json(Rows.parse(listRows(c.req.valid("param").count))),
);

app.get("/stream", (c: Context) => c.body(ReadableStream.from(streamBytes()) as ReadableStream));

app.post("/upload", async (c: Context) =>
  c.json({ bytes: await countBytes(c.req.raw.body as ReadableStream<Uint8Array>) }),
);

for (let index = 0; index < extraRoutes; index++) {
  app.get(`/part${index}/items/:id`, zValidator("param", TextId), (c: Context) =>
    c.json({ part: index, id: c.req.valid("param").id }),
  );
}

serve({ fetch: app.fetch, hostname: host, port }, () => console.log("ready"));
