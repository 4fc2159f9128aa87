/** Runs one test at every edge: through the test client in process, and through a socket of each engine. */

import { test } from "node:test";
import type { App } from "apus";
import { testClient, type TestClient } from "apus/testing";

/** The two ways into an app. */
export type Edge = "process" | "socket";

/** An app of any converters. */
type AnyApp = App<any>;

const edges = [
  { title: "process", edge: "process", socket: false },
  { title: "socket", edge: "socket", socket: "node" },
  { title: "socket, net engine", edge: "socket", socket: "net" },
] as const;

/** Registers `name` for every edge; each run gets an app of its own, which is stopped at the end whatever happened. */
export function onEveryEdge<Module = Record<never, never>>(
  name: string,
  build: () => AnyApp,
  run: (client: TestClient<Module>, edge: Edge) => Promise<void>,
): void {
  for (const { title, edge, socket } of edges) {
    test(`${name} (${title})`, { timeout: 60_000 }, async () => {
      await using client = await testClient<Module>(build(), { socket });
      await run(client, edge);
    });
  }
}
