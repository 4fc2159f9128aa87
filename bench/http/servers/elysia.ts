/** The benchmark's endpoints on Elysia, run by Bun, with schemas for every input and every answer. */

import { Elysia, t } from "elysia";
import { countBytes, extraRoutes, host, listRows, port, streamBytes } from "./sample-data.ts";

interface Context {
  readonly params: { readonly id: number; readonly seconds: number; readonly count: number };
  readonly query: { readonly page: number; readonly tags: readonly string[] };
  readonly body: object;
  readonly request: Request;
}

const fields = {
  name: t.String({ minLength: 1, maxLength: 80 }),
  sku: t.String({ minLength: 8, maxLength: 8 }),
  price: t.Number({ exclusiveMinimum: 0 }),
  quantity: t.Integer({ minimum: 0, maximum: 1_000 }),
  active: t.Boolean(),
  category: t.UnionEnum(["book", "food", "tool"]),
  tags: t.Array(t.String(), { maxItems: 10 }),
  size: t.Object({ width: t.Number(), height: t.Number() }),
};
const Row = t.Object({
  id: t.Integer(),
  name: t.String(),
  price: t.Number(),
  active: t.Boolean(),
  tags: t.Array(t.String()),
});

const app = new Elysia();

app.get("/json", () => ({ hello: "world" }), { response: t.Object({ hello: t.String() }) });

app.get("/users/:id", ({ params, query }: Context) => ({ id: params.id, page: query.page, tags: query.tags }), {
  params: t.Object({ id: t.Integer() }),
  query: t.Object({ page: t.Integer({ minimum: 1 }), tags: t.Array(t.String()) }),
  response: t.Object({ id: t.Integer(), page: t.Integer(), tags: t.Array(t.String()) }),
});

app.post("/items", ({ body }: Context) => ({ id: 1, ...body, internalNote: "never leaves" }), {
  body: t.Object(fields),
  response: t.Object({ ...fields, id: t.Integer() }),
});

app.get(
  "/wait/:seconds",
  async ({ params }: Context) => {
    await new Promise((resolve) => setTimeout(resolve, params.seconds * 1000));
    return { waited: params.seconds };
  },
  { params: t.Object({ seconds: t.Integer() }) },
);

app.get("/list/:count", ({ params }: Context) => listRows(params.count), {
  params: t.Object({ count: t.Integer() }),
  response: t.Array(Row),
});

app.get("/stream", () => {
  const chunks = streamBytes();
  const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
    const { done, value } = await chunks.next();
    if (done === true) controller.close();
    else controller.enqueue(value);
  };
  return new Response(new ReadableStream({ pull }));
});

app.post(
  "/upload",
  async ({ request }: Context) => ({ bytes: await countBytes(request.body as ReadableStream<Uint8Array>) }),
  { parse: "none" },
);

interface Socket {
  send(message: unknown): void;
}

app.ws("/socket", { message: (socket: Socket, message: unknown) => socket.send(message) });

for (let index = 0; index < extraRoutes; index++) {
  app.get(`/part${index}/items/:id`, ({ params }: Context) => ({ part: index, id: params.id }), {
    params: t.Object({ id: t.Integer() }),
  });
}

app.listen({ hostname: host, port }, () => console.log("ready"));
