/** The benchmark's endpoints on Fastify 5, with schemas for every input and every answer. */

import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fastify } from "fastify";
import {
  countBytes,
  eventData,
  eventPause,
  extraRoutes,
  filesFolder,
  host,
  listRows,
  port,
  streamBytes,
} from "./sample-data.ts";
import { work } from "./work-loop.ts";

interface Request {
  readonly params: { readonly id: number; readonly seconds: number; readonly count: number };
  readonly query: { readonly page: number; readonly tags: readonly string[] };
  readonly body: object;
}

interface Reply {
  send(payload: unknown): unknown;
  type(mediaType: string): Reply;
}

const text = { type: "string" };
const int = { type: "integer" };
const number = { type: "number" };
const texts = { type: "array", items: text };
const object = (properties: object): object => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const fields = {
  name: { type: "string", minLength: 1, maxLength: 80 },
  sku: { type: "string", minLength: 8, maxLength: 8 },
  price: { type: "number", exclusiveMinimum: 0 },
  quantity: { type: "integer", minimum: 0, maximum: 1_000 },
  active: { type: "boolean" },
  category: { type: "string", enum: ["book", "food", "tool"] },
  tags: { type: "array", items: text, maxItems: 10 },
  size: object({ width: number, height: number }),
};
const rows = {
  type: "array",
  items: object({ id: int, name: text, price: number, active: fields.active, tags: texts }),
};

const app = fastify({ logger: false });

if (process.env["UNDER_PRESSURE"] === "yes") {
  const { default: underPressure } = await import("@fastify/under-pressure");
  // As its README begins, without the two limits on memory: 100 MB are what this process has before any load.
  await app.register(underPressure, { maxEventLoopDelay: 1_000, maxEventLoopUtilization: 0.98 });
}

interface Noted {
  readonly headers: Readonly<Record<string, string | undefined>>;
  agent?: string;
  settings?: { readonly limit: number };
  page?: number;
}

app.decorateRequest("agent");
app.decorateRequest("settings");
app.decorateRequest("page");
const before = [
  async (request: Noted): Promise<void> => void (request.agent = request.headers["user-agent"] ?? ""),
  async (request: Noted): Promise<void> => void (request.settings = { limit: 10 }),
  async (request: Noted): Promise<void> =>
    void (request.page = (request.agent?.length ?? 0) + (request.settings?.limit ?? 0)),
];

app.get(
  "/three",
  { preHandler: before, schema: { response: { 200: object({ hello: text }) } } },
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify's, as its users write them
  async (request: Noted) => ({ hello: (request.page ?? 0) > 0 ? "world" : "nobody" }),
);

app.get("/json", { schema: { response: { 200: object({ hello: text }) } } }, async () => ({ hello: "world" }));

app.get(
  "/users/:id",
  {
    schema: {
      params: object({ id: int }),
      querystring: object({ page: { type: "integer", minimum: 1 }, tags: texts }),
      response: { 200: object({ id: int, page: int, tags: texts }) },
    },
  },
  async ({ params, query }: Request) => ({ id: params.id, page: query.page, tags: query.tags }),
);

app.post(
  "/items",
  { schema: { body: object(fields), response: { 200: object({ ...fields, id: int }) } } },
  async ({ body }: Request) => ({ id: 1, ...body, internalNote: "never leaves" }),
);

app.get("/wait/:seconds", { schema: { params: object({ seconds: int }) } }, async ({ params }: Request) => {
  await sleep(params.seconds * 1000);
  return { waited: params.seconds };
});

app.get("/work", async () => work());

app.get(
  "/list/:count",
  { schema: { params: object({ count: int }), response: { 200: rows } } },
  async ({ params }: Request) => listRows(params.count),
);

app.get("/stream", (_request: Request, reply: Reply) => {
  reply.type("application/octet-stream").send(Readable.from(streamBytes(), { objectMode: false }));
});

app.addContentTypeParser(
  "application/octet-stream",
  { bodyLimit: 2 ** 30 },
  (_request: Request, payload: Readable, done: (error: null, body: Readable) => void) => done(null, payload),
);

app.post("/upload", { bodyLimit: 2 ** 30 }, async ({ body }: Request) => ({
  bytes: await countBytes(body as Readable),
}));

if (filesFolder !== "") {
  const [{ default: multipart }, { default: staticFiles }] = await Promise.all([
    import("@fastify/multipart"),
    import("@fastify/static"),
  ]);
  await app.register(multipart, { limits: { fileSize: 2 ** 31 } });
  await app.register(staticFiles, { root: filesFolder, serve: false });
  interface Uploading {
    file(): Promise<{ readonly file: Readable & { readonly bytesRead: number } }>;
  }
  app.get("/file", (_request: Request, reply: { sendFile(name: string): unknown }) => reply.sendFile("large.bin"));
  app.get("/small", async () => "small");
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify's, as its users write them
  app.post("/save", { bodyLimit: 2 ** 31 }, async (request: Uploading) => {
    const { file } = await request.file();
    await pipeline(file, createWriteStream(`${filesFolder}/saved.bin`));
    return { bytes: file.bytesRead };
  });
}

async function* tick(): AsyncGenerator<string> {
  for (;;) {
    yield `data: ${JSON.stringify(eventData)}\n\n`;
    await sleep(eventPause);
  }
}

app.get("/events", (_request: Request, reply: Reply) => {
  reply.type("text/event-stream").send(Readable.from(tick(), { objectMode: false }));
});

interface Socket {
  on(name: "message", listener: (message: Buffer) => void): void;
  send(message: Buffer): void;
}

const { default: websocket } = await import("@fastify/websocket");
await app.register(websocket);
await app.register(async (scope: { get(path: string, options: object, handler: (socket: Socket) => void): void }) => {
  scope.get("/socket", { websocket: true }, (socket) => socket.on("message", (message) => socket.send(message)));
});

// SQL=yes: rows of the PostgreSQL of DATABASE_URL, in a statement that is prepared, as it is with apus/sql.
if (process.env["SQL"] === "yes") {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString: process.env["DATABASE_URL"], max: 8 });
  const statement = {
    name: "type-by-oid",
    text: "select oid::integer as id, typname as name from pg_type where oid = $1",
  };
  const schema = { params: object({ id: int }), response: { 200: object({ id: int, name: text }) } };
  app.get("/types/:id", { schema }, async ({ params }: Request) => {
    const found = await pool.query({ ...statement, values: [params.id] });
    return found.rows[0] as unknown;
  });
  app.get("/types-within/:id", { schema }, async ({ params }: Request) => {
    const client = await pool.connect();
    try {
      await client.query("begin");
      const found = await client.query({ ...statement, values: [params.id] });
      await client.query("commit");
      return found.rows[0] as unknown;
    } catch (error) {
      await client.query("rollback");
      throw error;
    } finally {
      client.release();
    }
  });
}

for (let index = 0; index < extraRoutes; index++) {
  app.get(`/part${index}/items/:id`, { schema: { params: object({ id: int }) } }, async ({ params }: Request) => ({
    part: index,
    id: params.id,
  }));
}

await app.listen({ host, port });
console.log("ready");
