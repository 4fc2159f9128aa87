/** What a file costs the server on its way out: CPU for each megabyte and each small file, beside a read stream piped through `node:http`. */

import { fork } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "../../src/app/app.ts";
import { file } from "../../src/files/file-reply.ts";
import { staticFiles } from "../../src/files/static-files.ts";

const kinds = ["node:http", "file()", "staticFiles()"] as const;
type Kind = (typeof kinds)[number];

const cases = [
  { name: "100MB", size: 100_000_000, count: 3 },
  { name: "1MB", size: 1_000_000, count: 200 },
  { name: "10kB", size: 10_000, count: 3_000 },
] as const;

/** Serves `folder`, and answers every message with the CPU time that was used since the last one, in microseconds. */
async function serve(kind: Kind, folder: string): Promise<void> {
  let usage = process.cpuUsage();
  process.on("message", () => {
    const { user, system } = process.cpuUsage(usage);
    usage = process.cpuUsage();
    process.send?.(user + system);
  });
  process.on("disconnect", () => process.exit());
  process.send?.(kind === "node:http" ? await servePlainly(folder) : await serveApp(kind, folder));
}

function servePlainly(folder: string): Promise<number> {
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const path = join(folder, incoming.url ?? "");
    const { size, mtime } = await stat(path);
    outgoing.writeHead(200, { "content-length": size, "last-modified": mtime.toUTCString() });
    createReadStream(path).pipe(outgoing);
  };
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

async function serveApp(kind: Kind, folder: string): Promise<number> {
  const app = new App({ log: false });
  if (kind === "file()") app.get("/{name}", ({ path }) => file(join(folder, path.name)));
  else app.get("/{path:path}", staticFiles(folder));
  const server = await app.listen({ port: 0, signals: false });
  return Number(new URL(server.url).port);
}

function download(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = get({ port, path, host: "127.0.0.1" }, (answer) => {
      answer.on("data", () => {}).on("end", resolve);
      answer.on("error", reject);
    });
    sent.on("error", reject);
  });
}

/** Microseconds of CPU for one download of each case. */
async function measure(kind: Kind, folder: string): Promise<readonly number[]> {
  const child = fork(import.meta.filename, ["serve", kind, folder]);
  const hear = (): Promise<number> =>
    new Promise((resolve) => child.once("message", (heard) => resolve(Number(heard))));
  const port = await hear();
  const costs: number[] = [];
  for (const { name, count } of cases) {
    await download(port, `/${name}`);
    const rounds: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const started = hear();
      child.send("start");
      await started;
      for (let index = 0; index < count; index += 1) await download(port, `/${name}`);
      const ended = hear();
      child.send("end");
      rounds.push((await ended) / count);
    }
    costs.push(rounds.toSorted((one, other) => one - other)[1] ?? Number.NaN);
  }
  child.disconnect();
  return costs;
}

if (process.argv[2] === "serve") {
  await serve(process.argv[3] as Kind, process.argv[4] ?? "");
} else {
  const folder = await mkdtemp(join(tmpdir(), "apus-files-"));
  for (const { name, size } of cases) {
    await writeFile(join(folder, name), Buffer.alloc(size, "swift"));
    await utimes(join(folder, name), 1_000_000_000, 1_000_000_000);
  }
  let plain: readonly number[] = [];
  for (const kind of kinds) {
    const costs = await measure(kind, folder);
    if (kind === "node:http") plain = costs;
    const shown = cases.map(({ name }, index) => {
      const cost = costs[index] ?? Number.NaN;
      return `${name} ${cost.toFixed(0)} µs (${(cost / (plain[index] ?? Number.NaN)).toFixed(2)} ×)`;
    });
    console.log(`${kind.padEnd(14)} ${shown.join("   ")}`);
  }
  await rm(folder, { recursive: true });
}
