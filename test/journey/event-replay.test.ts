/** Events after `Last-Event-ID`: clients that come back, also to a server that was stopped, lose nothing and get nothing twice. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App, event, eventLog, lastEventId, type EventGap, type EventLog } from "apus";
import { createClient, type Client } from "apus/client";
import type { TestClient } from "apus/testing";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { onEveryEdge, type Edge } from "./edges.ts";

const Item = z.union([z.object({ count: z.int() }), z.object({ missed: z.int().optional() })]);
type Item = z.infer<typeof Item>;

let log: EventLog<Item>;
let records: LogRecord[] = [];
let app: App;

const gap = (given: EventGap): Item => ({ ...(given.missed !== undefined && { missed: given.missed }) });

function buildLogged(): App {
  log = eventLog<Item>({ capacity: 4, gap: (given) => event(gap(given), { event: "gap" }) });
  const own: LogRecord[] = [];
  records = own;
  app = new App({ log: createLogger((record) => own.push(record)) });
  app.get("/counts", { events: Item, use: { lastEventId } }, (input) => log.follow({ after: input.lastEventId }));
  app.get("/quick", { events: Item, use: { lastEventId } }, async function* (input) {
    yield event(undefined, { retry: 1 });
    yield* log.follow({ after: input.lastEventId, signal: input.signal });
  });
  return app;
}

const declared = new App();
const readQuick = declared.get("/quick", { events: Item, use: { lastEventId } }, () => []);
type Module = { readonly readQuick: typeof readQuick };

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !condition(); turn += 1) await sleep(5);
  assert.ok(condition(), "it did not happen in time");
}

const errors = (): readonly LogRecord[] => records.filter(({ level }) => level === "error");

/** Reads until so many events have come whole, and leaves. */
async function readBlocks(answer: Response, count: number): Promise<readonly string[]> {
  const decoder = new TextDecoder();
  let seen = "";
  const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  while (seen.split("\n\n").length <= count) {
    const { done, value } = await reader.read();
    assert.equal(done, false, `the stream ended after ${JSON.stringify(seen)}`);
    seen += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return seen.split("\n\n").slice(0, count);
}

onEveryEdge(
  "who comes back gets what came since, then what comes; nothing is left of who has gone",
  buildLogged,
  async (client) => {
    const place = log.lastId;
    const answer = await client.fetch("/counts");
    assert.deepEqual(await readBlocks(answer, 1), [`id: ${place}`], "an answer begins before there is an event");
    const ids = [1, 2, 3].map((count) => log.append({ count }));
    const block = (count: number): string => `data: {"count":${count}}\nid: ${ids[count - 1]}`;
    for (const [after, counts] of [
      [place, [1, 2, 3]],
      [ids[0], [2, 3]],
      ["", [1, 2, 3]],
    ] as const) {
      const again = await client.fetch("/counts", { headers: { "last-event-id": after as string } });
      assert.deepEqual(await readBlocks(again, counts.length), counts.map(block));
    }
    const waiting = readBlocks(await client.fetch("/counts", { headers: { "last-event-id": log.lastId } }), 2);
    ids.push(log.append({ count: 4 }));
    assert.deepEqual(await waiting, [`id: ${ids[2]}`, block(4)]);
    await until(() => log.waiting === 0);
    assert.deepEqual(errors(), []);
  },
);

onEveryEdge("who is too late, or comes with an id of elsewhere, is told so", buildLogged, async (client) => {
  const ids = [1, 2, 3, 4, 5, 6].map((count) => log.append({ count }));
  const ask = async (id: string | undefined): Promise<readonly string[]> => {
    const answer = await client.fetch("/counts", { headers: { "last-event-id": id ?? "" } });
    assert.equal(answer.status, 200);
    return readBlocks(answer, 2);
  };
  const kept = `data: {"count":3}\nid: ${ids[2]}`;
  assert.deepEqual(await ask(ids[0]), [`event: gap\ndata: {"missed":1}\nid: ${ids[1]}`, kept]);
  for (const id of ["7", "000000000000-3", `${ids[5]}0`, "x".repeat(4_000), "%00", "ünknown"]) {
    const sent = Buffer.from(id).toString("latin1");
    assert.deepEqual(await ask(sent), [`event: gap\ndata: {}\nid: ${ids[1]}`, kept], id.slice(0, 20));
  }
});

/** A typed client whose network is there when the server is. */
class Network {
  readonly lastIds: (string | null)[] = [];
  readonly client: Client<Module>;
  #isUp: Promise<unknown> = Promise.resolve();

  constructor({ baseUrl, fetch }: Pick<TestClient<Module>, "baseUrl" | "fetch">) {
    const perform = async (url: string, init: RequestInit): Promise<Response> => {
      await this.#isUp;
      this.lastIds.push(new Headers(init.headers).get("last-event-id"));
      return fetch(url, init);
    };
    this.client = createClient<Module>({ baseUrl, fetch: perform });
  }

  /** Stops the app, and starts it again where it was. */
  restart({ baseUrl }: { readonly baseUrl: string }, edge: Edge, meanwhile: () => void): Promise<unknown> {
    const restarted = (async () => {
      const stopped = app.stop();
      meanwhile();
      await stopped;
      if (edge === "process") await app.start();
      else await app.listen({ port: Number(new URL(baseUrl).port), signals: false, idleGrace: 0 });
    })();
    this.#isUp = restarted;
    return restarted;
  }
}

const append = (...counts: readonly number[]): readonly string[] => counts.map((count) => log.append({ count }));

onEveryEdge<Module>("the typed client goes on where it was, through two stops", buildLogged, async (client, edge) => {
  const network = new Network(client);
  const seen: unknown[] = [];
  const leaving = new AbortController();
  append(1);
  for await (const { data } of await network.client.get("/quick", { signal: leaving.signal })) {
    seen.push(data);
    const { count } = data as { readonly count?: number };
    if (count === 1) await network.restart(client, edge, () => append(2, 3, 4));
    if (count === 4) await network.restart(client, edge, () => append(5, 6, 7, 8, 9, 10));
    if (count === 10) break;
  }
  leaving.abort();
  const numbers = (from: number, to: number): readonly Item[] =>
    Array.from({ length: to - from + 1 }, (_, index) => ({ count: from + index }));
  assert.deepEqual(seen, [...numbers(1, 4), { missed: 2 }, ...numbers(7, 10)]);
  assert.equal(network.lastIds.length, 3);
  assert.equal(network.lastIds[0], null);
  await until(() => log.waiting === 0);
  assert.deepEqual(errors(), []);
});

onEveryEdge<Module>(
  "a client that is told its place before the first event loses none",
  buildLogged,
  async (client, edge) => {
    const network = new Network(client);
    const place = log.lastId;
    const leaving = new AbortController();
    const events = (await network.client.get("/quick", { signal: leaving.signal }))[Symbol.asyncIterator]();
    const first = events.next();
    await until(() => log.waiting === 1);
    await network.restart(client, edge, () => append(1, 2));
    assert.deepEqual((await first).value?.data, { count: 1 });
    assert.deepEqual((await events.next()).value?.data, { count: 2 });
    leaving.abort();
    assert.deepEqual(network.lastIds, [null, place]);
  },
);

test("the header is documented, and typed in the client", async () => {
  const { paths } = await buildLogged().openapi();
  const described = paths["/counts"]?.["get"] as { readonly parameters: readonly object[] } | undefined;
  assert.deepEqual(described?.parameters, [
    {
      name: "last-event-id",
      in: "header",
      description: "The id of the last event that was received: the answer goes on after it.",
      schema: { type: "string" },
    },
  ]);
  const client = createClient<Module>({ baseUrl: "http://test", fetch: async () => new Response(null) });
  await client.get("/quick", { headers: { "last-event-id": "a-1" } });
});

onEveryEdge<Module>("a server that is away for a while is asked again", buildLogged, async (client) => {
  let refusals = 3;
  const perform = (url: string, init: RequestInit): Promise<Response> => {
    const isBack = new Headers(init.headers).get("last-event-id") !== null;
    if (isBack && refusals > 0) {
      refusals -= 1;
      return Promise.reject(new TypeError("fetch failed"));
    }
    return isBack ? client.fetch(url, init) : Promise.resolve(cut);
  };
  const place = log.lastId;
  const cut = new Response(`retry: 1\nid: ${place}\n\nevent: stop\n\n`, {
    headers: { "content-type": "text/event-stream" },
  });
  append(1);
  const leaving = new AbortController();
  const asking = createClient<Module>({ baseUrl: client.baseUrl, fetch: perform });
  for await (const { data } of await asking.get("/quick", { signal: leaving.signal })) {
    assert.deepEqual(data, { count: 1 });
    break;
  }
  leaving.abort();
  assert.equal(refusals, 0);
});
