/** Figures of the process that are read when somebody asks: event loop, memory, workers, and pools that were handed in. */

import { offload } from "../workers/offload.ts";
import type { Figure, FigurePoint } from "./figure.ts";
import { LoopFigures } from "./loop-figures.ts";
import type { Labels } from "./request-watch.ts";

/** A pool of connections or threads, such as a database. */
export interface ConnectionPool {
  stats(): { readonly idle: number; readonly busy: number; readonly waiting: number };
}

/** What calls another service, such as a client of `httpClient()`. */
export interface CallingClient {
  stats(): { readonly calls: number; readonly failures: number; readonly retries: number; readonly open: number };
}

export type WatchedPool = ConnectionPool | CallingClient;

/** Figures with a monitor of the event loop of their own: `end()` stops it. */
export interface OpenFigures {
  readonly figures: readonly Figure[];
  readonly end: () => void;
}

export function openFigures(pools: Readonly<Record<string, WatchedPool>>): OpenFigures {
  const loop = new LoopFigures();
  const figures = [...loop.figures, ...memoryFigures, ...offloadFigures, ...buildPoolFigures(Object.entries(pools))];
  return { figures, end: () => loop.end() };
}

function only(read: () => number): () => readonly FigurePoint[] {
  return () => [{ value: read(), labels: {} }];
}

const memoryFigures: readonly Figure[] = [
  {
    name: "process.memory.usage",
    unit: "By",
    kind: "sum",
    help: "Physical memory of the process.",
    read: only(() => process.memoryUsage.rss()),
  },
  {
    name: "v8js.memory.heap.used",
    unit: "By",
    kind: "sum",
    help: "Memory of JavaScript objects.",
    read: only(() => process.memoryUsage().heapUsed),
  },
];

const outcomes = ["completed", "failed", "timedOut", "abandoned", "lost", "refused"] as const;

const offloadFigures: readonly Figure[] = [
  {
    name: "apus.offload.workers",
    unit: "{worker}",
    kind: "sum",
    help: "Workers for offloaded functions.",
    read: () => {
      const { threads, busy } = offload.stats();
      return byState("state", { idle: threads - busy, used: busy });
    },
  },
  {
    name: "apus.offload.queued",
    unit: "{call}",
    kind: "sum",
    help: "Offloaded calls that wait for a worker.",
    read: only(() => offload.stats().queued),
  },
  {
    name: "apus.offload.calls",
    unit: "{call}",
    kind: "counter",
    help: "Offloaded calls by how they ended.",
    read: () => {
      const stats = offload.stats();
      return outcomes.map((outcome) => ({ value: stats[outcome], labels: { outcome } }));
    },
  },
];

function byState(label: string, values: Readonly<Record<string, number>>, more: Labels = {}): readonly FigurePoint[] {
  return Object.entries(values).map(([state, value]) => ({ value, labels: { ...more, [label]: state } }));
}

function buildPoolFigures(pools: readonly (readonly [name: string, pool: WatchedPool])[]): readonly Figure[] {
  const isClient = (pool: WatchedPool): pool is CallingClient => "calls" in pool.stats();
  const clients = pools.filter((entry): entry is [string, CallingClient] => isClient(entry[1]));
  const connections = pools.filter((entry): entry is [string, ConnectionPool] => !isClient(entry[1]));
  return [
    ...(connections.length === 0 ? [] : buildConnectionFigures(connections)),
    ...(clients.length === 0 ? [] : buildClientFigures(clients)),
  ];
}

function buildConnectionFigures(pools: readonly (readonly [string, ConnectionPool])[]): readonly Figure[] {
  const pool = "db.client.connection.pool.name";
  return [
    {
      name: "db.client.connection.count",
      unit: "{connection}",
      kind: "sum",
      help: "Connections, or threads of SQLite, by state.",
      read: () =>
        pools.flatMap(([name, watched]) => {
          const { idle, busy } = watched.stats();
          return byState("db.client.connection.state", { idle, used: busy }, { [pool]: name });
        }),
    },
    {
      name: "db.client.connection.pending_requests",
      unit: "{request}",
      kind: "sum",
      help: "How many wait for a connection.",
      read: () => pools.map(([name, watched]) => ({ value: watched.stats().waiting, labels: { [pool]: name } })),
    },
  ];
}

function buildClientFigures(clients: readonly (readonly [string, CallingClient])[]): readonly Figure[] {
  const build = (key: "calls" | "failures" | "retries" | "open", help: string): Figure => ({
    name: `apus.http_client.${key}`,
    unit: "{call}",
    kind: key === "open" ? "sum" : "counter",
    help,
    read: () => clients.map(([client, watched]) => ({ value: watched.stats()[key], labels: { client } })),
  });
  return [
    build("calls", "Calls to other services."),
    build("failures", "Calls to other services that failed."),
    build("retries", "Calls to other services that were made again."),
    build("open", "Calls to other services that are under way."),
  ];
}
