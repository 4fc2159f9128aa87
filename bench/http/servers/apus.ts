/** The benchmark's endpoints on Apus, from its sources or (APUS_FROM=dist) from its build; ENGINE chooses the engine. */

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type * as Apus from "../../../src/index.ts";
import type * as ApusSql from "../../../src/sql.ts";
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
import { Hello, Item, NewItem, Rows, User } from "./zod-schemas.ts";

const entry = process.env["APUS_FROM"] === "dist" ? "dist/index.js" : "src/index.ts";
const { App, dependency, file, upload } = (await import(`../../../${entry}`)) as typeof Apus;
/** "node", "net", or anything else for the default. */
const engine = process.env["ENGINE"];

const app = new App({ title: "Benchmark", version: "1.0.0", log: false });

app.get("/json", { response: Hello }, () => ({ hello: "world" }));

const agent = dependency(({ request }) => request.headers.get("user-agent") ?? "");
const settings = dependency(() => ({ limit: 10 }));
const page = dependency({ use: { agent, settings } }, (input) => input.agent.length + input.settings.limit);

app.get("/three", { use: { agent, settings, page }, response: Hello }, (input) => ({
  hello: input.page > 0 ? "world" : "nobody",
}));

app.get(
  "/users/{id:int}",
  { query: z.object({ page: z.int().min(1), tags: z.array(z.string()) }), response: User },
  ({ path, query }) => ({ id: path.id, page: query.page, tags: query.tags }),
);

app.post("/items", { body: NewItem, response: Item }, ({ body }) => ({ id: 1, ...body, internalNote: "never leaves" }));

app.get("/wait/{seconds:int}", async ({ path, signal }) => {
  await sleep(path.seconds * 1000, undefined, { signal });
  return { waited: path.seconds };
});

app.get("/work", () => work());

app.get("/list/{count:int}", { response: Rows }, ({ path }) => listRows(path.count));

app.get("/stream", () => new Response(ReadableStream.from(streamBytes())));

app.post("/upload", async ({ request }) => ({ bytes: await countBytes(request.body.stream()) }));

app.websocket("/socket", async ({ socket }) => {
  for await (const message of socket) await socket.send(message);
});

const Tick = z.object({ price: z.number(), symbol: z.string(), at: z.string(), note: z.string() });

app.get("/events", { events: Tick }, async function* ({ signal }) {
  for (;;) {
    yield eventData;
    await sleep(eventPause, undefined, { signal });
  }
});

app.get("/file", () => file(`${filesFolder}/large.bin`));
app.get("/small", () => "small");

app.post("/save", { files: { file: upload({ maxBytes: 2 ** 31 }) } }, async ({ files }) => {
  await files.file.saveTo(`${filesFolder}/saved.bin`, { overwrite: true });
  return { bytes: files.file.size };
});

// SQL=yes: rows of the PostgreSQL of DATABASE_URL.
if (process.env["SQL"] === "yes") {
  const { database, transaction } = (await import(`../../../${entry.replace("index", "sql")}`)) as typeof ApusSql;
  const db = database({ url: process.env["DATABASE_URL"] ?? "", connections: 8 });
  const own = transaction(db);
  const Row = z.object({ id: z.int(), name: z.string() });
  const select = "select oid::integer as id, typname as name from pg_type where oid = $1";
  app.get("/types/{id:int}", { use: { db }, response: Row }, async (input) => {
    const { rows } = await input.db.execute(select, [input.path.id]);
    return rows[0] as z.infer<typeof Row>;
  });
  app.get("/types-within/{id:int}", { use: { own }, response: Row }, async (input) => {
    const { rows } = await input.own.execute(select, [input.path.id]);
    return rows[0] as z.infer<typeof Row>;
  });
}

for (let index = 0; index < extraRoutes; index++) {
  app.get(`/part${index}/items/{id:int}`, ({ path }) => ({ part: index, id: path.id }));
}

const chosen: Pick<Apus.ListenOptions, "engine"> = engine === "node" || engine === "net" ? { engine } : {};
/** SHED=no: nothing is refused for want of time, so that a capacity can be measured. */
const shedding: Apus.ListenOptions["limits"] = process.env["SHED"] === "no" ? { maxTurnTime: 0 } : {};
// The default of 10,000 connections would leave no room beside the crowd of the same size.
await app.listen({ host, port, ...chosen, limits: { maxConnections: 20_000, ...shedding } });

console.log("ready");
