/** Loads of one large body: a stream that is read and thrown away, and an upload at the server's pace. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { DownloadJob, TransferOutcome, UploadJob } from "./load-job.ts";
import { readCpuMs, readMemory } from "./process-accounts.ts";
import { ResponseReader, type Answer } from "./response-reader.ts";

const timeoutMs = 30_000;
const chunk = Buffer.alloc(65_536, 120);

/** Reads one answer to its end, counting. */
function readAnswer(socket: Socket, keepsBody: boolean): Promise<Answer> {
  const reader = new ResponseReader({ keepsBody });
  return new Promise((resolve, reject) => {
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error("no byte for too long")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed before the answer was complete")));
    socket.on("data", (bytes: Buffer) => {
      const answer = reader.push(bytes);
      if (answer !== undefined) resolve(answer);
    });
  });
}

async function measureTransfer(
  { port, pid }: { readonly port: number; readonly pid: number },
  run: (socket: Socket) => Promise<Pick<TransferOutcome, "bytes" | "sample">>,
): Promise<TransferOutcome> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  try {
    const cpuBefore = readCpuMs(pid);
    const begin = performance.now();
    const { bytes, sample } = await run(socket);
    return {
      bytes,
      sample,
      wrong: sample === undefined ? 0 : 1,
      lost: 0,
      seconds: (performance.now() - begin) / 1000,
      serverCpuMs: readCpuMs(pid) - cpuBefore,
      peakBytes: readMemory(pid).peak,
    };
  } finally {
    socket.destroy();
  }
}

export function runDownload(job: DownloadJob): Promise<TransferOutcome> {
  return measureTransfer(job, async (socket) => {
    const answered = readAnswer(socket, false);
    socket.write(job.shots[0]?.bytes ?? "", "latin1");
    const { status, bodyBytes } = await answered;
    return { bytes: bodyBytes, sample: status === 200 ? undefined : `status ${status}` };
  });
}

export function runUpload(job: UploadJob): Promise<TransferOutcome> {
  return measureTransfer(job, async (socket) => {
    const answered = readAnswer(socket, true);
    socket.write(job.shots[0]?.bytes ?? "", "latin1");
    const sending = (async () => {
      for (let left = job.bodyBytes; left > 0; left -= chunk.length) {
        if (!socket.write(chunk.subarray(0, Math.min(left, chunk.length)))) await once(socket, "drain");
      }
      if (job.tail !== undefined) socket.write(job.tail, "latin1");
    })();
    const [{ status, body }] = await Promise.all([answered, sending]);
    const expected = JSON.stringify({ bytes: job.bodyBytes });
    const isRight = status === 200 && body.toString() === expected;
    return { bytes: job.bodyBytes, sample: isRight ? undefined : `status ${status}: ${body.toString().slice(0, 100)}` };
  });
}
