/** What connections cost that stay: 10,000 WebSockets that say nothing, and 1,000 readers of events that take their time. */

import type { BenchRun, Scenario, Table } from "../bench-run.ts";
import type { HeldJob } from "../load-job.ts";
import type { Feature } from "../peers.ts";
import { encodeGet, encodeHandshake } from "../requests.ts";
import { formatNumber } from "../statistics.ts";

type Held = Pick<HeldJob, "opening" | "answer" | "readsSlowly" | "connections" | "holdMs">;

async function measureHeld(
  run: BenchRun,
  { feature, held, title, note }: { readonly feature: Feature; readonly held: Held } & Pick<Table, "title" | "note">,
): Promise<Table> {
  const rows: string[][] = [];
  const data: Record<string, unknown> = {};
  for (const peer of run.peersWith(feature)) {
    if (!run.hasTime(title)) break;
    run.say(`${feature}: ${peer.title}`);
    await run.withServer(peer, async ({ port, pid }) => {
      const outcome = await run.load.run({ kind: "held", port, pid, shots: [], ...held });
      run.noteFaults(`${peer.title}, ${feature}`, outcome);
      data[peer.id] = outcome;
      const { open, bytesPerConnection, cpuShare } = outcome;
      const kib = formatNumber(bytesPerConnection / 1024, 1);
      rows.push([peer.title, formatNumber(open), kib, formatNumber(cpuShare * 100, 1)]);
    });
  }
  return { title, note, columns: ["", "open", "KiB per connection", "CPU % while held"], rows, data };
}

export const sockets: Scenario = {
  name: "sockets",
  async measure(run) {
    const connections = run.settings.quick ? 1_000 : 10_000;
    const held = {
      opening: encodeHandshake("/socket"),
      answer: "HTTP/1.1 101 ",
      readsSlowly: false,
      connections,
      holdMs: 3_000,
    };
    return [
      await measureHeld(run, {
        feature: "sockets",
        held,
        title: "Idle WebSockets",
        note: `Resident memory that each of ${formatNumber(connections)} WebSockets adds that say nothing; without a forced garbage collection, and without the kernel's share.`,
      }),
    ];
  },
};

export const events: Scenario = {
  name: "events",
  async measure(run) {
    const connections = run.settings.quick ? 200 : 1_000;
    const held = {
      opening: encodeGet("/events"),
      answer: "HTTP/1.1 200 ",
      readsSlowly: true,
      connections,
      holdMs: 6_000,
    };
    return [
      await measureHeld(run, {
        feature: "events",
        held,
        title: "Slow readers of events",
        note: `${formatNumber(connections)} connections to a stream of server-sent events, four a second for each; the readers take 64 bytes a second, less than what comes.`,
      }),
    ];
  },
};
