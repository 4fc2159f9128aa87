/** Runs one test twice: through the test client in process, and through a real socket on the loopback. */

import { test } from "node:test";
import type { App } from "apus";
import { testClient, type TestClient } from "apus/testing";

/** The two ways into an app. */
export type Edge = "process" | "socket";

/** An app of any converters. */
type AnyApp = App<any>;

/** Registers `name` for both edges; each run gets an app of its own, which is stopped at the end whatever happened. */
export function onBothEdges<Module = Record<never, never>>(
  name: string,
  build: () => AnyApp,
  run: (client: TestClient<Module>, edge: Edge) => Promise<void>,
): void {
  for (const edge of ["process", "socket"] as const) {
    test(`${name} (${edge})`, { timeout: 60_000 }, async () => {
      await using client = await testClient<Module>(build(), { socket: edge === "socket" });
      await run(client, edge);
    });
  }
}
