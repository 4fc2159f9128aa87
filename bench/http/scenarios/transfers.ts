/** One hundred mebibytes: streamed out, and uploaded. */

import type { Scenario } from "../bench-run.ts";
import { encodeGet, encodeUpload } from "../requests.ts";
import { formatNumber } from "../statistics.ts";

const size = 100 * 2 ** 20;

export const transfers: Scenario = {
  name: "transfers",
  async measure(run) {
    const rows: string[][] = [];
    const data: Record<string, unknown> = {};
    for (const peer of run.peersWith("transfers")) {
      if (!run.hasTime("transfers")) break;
      run.say(`transfers: ${peer.title}`);
      const shot = (bytes: string): { bytes: string; status: number; body: string }[] => [
        { bytes, status: 200, body: "" },
      ];
      // Each on a server of its own, as the peak of the memory never falls.
      const stream = await run.withServer(peer, async ({ port, pid }) => {
        const shots = shot(encodeGet("/stream"));
        return run.load.run({ kind: "download", port, pid, connections: 1, shots });
      });
      const upload = await run.withServer(peer, async ({ port, pid }) => {
        const shots = shot(encodeUpload(size));
        return run.load.run({ kind: "upload", port, pid, connections: 1, shots, bodyBytes: size });
      });
      const outcomes = { stream, upload };
      const cells = Object.entries(outcomes).flatMap(([name, outcome]) => {
        if (outcome === undefined) return ["–", "–", "–"];
        run.noteFaults(`${peer.title}, ${name}`, outcome);
        if (outcome.bytes !== size) {
          run.remark({ place: `${peer.title}, ${name}`, message: `${outcome.bytes} bytes`, isFailure: true });
        }
        return [outcome.serverCpuMs, outcome.bytes / 2 ** 20 / outcome.seconds, outcome.peakBytes / 2 ** 20].map(
          (value) => formatNumber(value),
        );
      });
      data[peer.id] = outcomes;
      rows.push([peer.title, ...cells]);
    }
    return [
      {
        title: "100 MiB streamed and uploaded",
        note: "One connection, once: a chunked answer of 64 KiB pieces, and a body that the handler reads and counts.",
        columns: ["", "stream: CPU ms", "MiB/s", "peak MB", "upload: CPU ms", "MiB/s", "peak MB"],
        rows,
        data,
      },
    ];
  },
};
