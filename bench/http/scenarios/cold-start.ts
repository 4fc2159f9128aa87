/** From nothing to the first answer. */

import { serverCore, type Scenario } from "../bench-run.ts";
import { findShot } from "../preflight.ts";
import { readCpuMs, readMemory } from "../process-accounts.ts";
import { json } from "../requests.ts";
import { Series } from "../series.ts";
import { startServer } from "../server-process.ts";
import { formatSpread } from "../statistics.ts";

export const coldStart: Scenario = {
  name: "start",
  async measure(run) {
    const starts = run.settings.quick ? 3 : 5;
    const series = new Series(starts);
    for (let round = 0; round < starts; round++) {
      for (const peer of run.peersWith()) {
        if (!run.hasTime("start")) break;
        run.say(`start ${round + 1}: ${peer.title}`);
        const begin = performance.now();
        try {
          await using server = await startServer(peer, { core: serverCore });
          await findShot(server, json);
          const milliseconds = performance.now() - begin;
          const memory = readMemory(server.pid).now / 2 ** 20;
          series.note(peer, round, { milliseconds, cpuMs: readCpuMs(server.pid), memory });
        } catch (error) {
          run.exclude(peer, (error as Error).message, true);
        }
      }
    }
    const names = ["milliseconds", "cpuMs", "memory"];
    const rows = run
      .peersWith()
      .map(({ id, title }) => [title, ...names.map((name) => formatSpread(series.of(id, name) ?? [], 0))]);
    const note = `Start of the process to the first checked answer, ${starts} times, files in the system's cache. Apus from its sources strips types from every file; its build does not.`;
    return [{ title: "Cold start", note, columns: ["", "ms", "CPU ms", "memory MB"], rows, data: series }];
  },
};
