/** A gigabyte each way: downloaded from a file, and uploaded as a multipart form to a file. */

import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRun, Scenario } from "../bench-run.ts";
import type { DownloadJob, TransferOutcome, UploadJob } from "../load-job.ts";
import type { Peer } from "../peers.ts";
import { encodeGet, encodeMultipart } from "../requests.ts";
import { formatNumber } from "../statistics.ts";

const gibibyte = 2 ** 30;

export const files: Scenario = {
  name: "files",
  runsWhenNamed: true,
  async measure(run) {
    const size = run.settings.quick ? gibibyte / 8 : gibibyte;
    const folder = await mkdtemp(join(tmpdir(), "bench-files-"));
    try {
      const file = await open(join(folder, "large.bin"), "w+");
      await file.truncate(size);
      // Into the system's cache, so that the first server has it no harder than the others.
      for await (const _ of file.createReadStream({ start: 0 }));
      return [await measureAll(run, folder, size)];
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function measureAll(run: BenchRun, folder: string, size: number): ReturnType<typeof buildTable> {
  const measured = new Map<Peer, readonly (TransferOutcome | undefined)[]>();
  for (const peer of run.peersWith("files")) {
    if (!run.hasTime("files")) break;
    run.say(`files: ${peer.title}`);
    const form = encodeMultipart("/save", size);
    const small = encodeMultipart("/save", 2 ** 20);
    // Each on a server of its own, as the peak of the memory never falls; a small one first shows where it began.
    const jobs: readonly (readonly [Job, Job])[] = [
      [
        { kind: "download", target: "/small" },
        { kind: "download", target: "/file" },
      ],
      [
        { kind: "upload", ...small },
        { kind: "upload", ...form },
      ],
    ];
    const outcomes: (TransferOutcome | undefined)[] = [];
    for (const [first, job] of jobs) {
      outcomes.push(
        await run.withServer(
          peer,
          async ({ port, pid }) => {
            const before = await run.load.run(encodeJob(first, port, pid));
            const outcome = await run.load.run(encodeJob(job, port, pid));
            run.noteFaults(`${peer.title}, ${job.kind}`, outcome);
            return { ...outcome, peakBytes: outcome.peakBytes - before.peakBytes };
          },
          { FILES_FOLDER: folder },
        ),
      );
    }
    measured.set(peer, outcomes);
  }
  return buildTable(measured, size);
}

type Job =
  | { readonly kind: "download"; readonly target: string }
  | { readonly kind: "upload"; readonly head: string; readonly tail: string; readonly bodyBytes: number };

function encodeJob(job: Job, port: number, pid: number): DownloadJob | UploadJob {
  const target = { port, pid, connections: 1 };
  if (job.kind === "download") {
    return { ...target, kind: "download", shots: [{ bytes: encodeGet(job.target), status: 200, body: "" }] };
  }
  const { head, tail, bodyBytes } = job;
  return { ...target, kind: "upload", shots: [{ bytes: head, status: 200, body: "" }], bodyBytes, tail };
}

async function buildTable(
  measured: ReadonlyMap<Peer, readonly (TransferOutcome | undefined)[]>,
  size: number,
): Promise<Awaited<ReturnType<Scenario["measure"]>>[number]> {
  const mebibytes = size / 2 ** 20;
  const rows = [...measured].map(([peer, outcomes]) => [
    peer.title,
    ...outcomes.flatMap((outcome) =>
      outcome === undefined
        ? ["–", "–", "–"]
        : [mebibytes / (outcome.serverCpuMs / 1_000), mebibytes / outcome.seconds, outcome.peakBytes / 2 ** 20].map(
            (value) => formatNumber(value),
          ),
    ),
  ]);
  return {
    title: `${formatNumber(mebibytes)} MiB from a file and to a file`,
    note: "One connection, once: a download through the static files or the file answer of each, and a multipart upload that is saved to disk. Growth is of the peak of resident memory, beyond what a transfer of 1 MiB took.",
    columns: [
      "",
      "download: MiB per CPU second",
      "MiB/s",
      "growth MiB",
      "upload: MiB per CPU second",
      "MiB/s",
      "growth MiB",
    ],
    rows,
    data: Object.fromEntries([...measured].map(([peer, outcomes]) => [peer.id, outcomes])),
  };
}
