/** An app that holds the event loop in many ways; run as a process of its own by loop-guard.test.ts, its log read there. */

import { execSync } from "node:child_process";
import { pbkdf2Sync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "apus";

/** Milliseconds, well over the thresholds that are tested. */
const long = 250;
const folder = mkdtempSync(join(tmpdir(), "apus-guard-"));
const bigFile = join(folder, "big.txt");
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** The amount of work that takes so long here, found by that of a small one. */
function calibrate(amount: number, work: (amount: number) => void): number {
  work(amount);
  const start = process.threadCpuUsage();
  work(amount);
  const { user, system } = process.threadCpuUsage(start);
  const wanted = Math.ceil((amount * long * 1_000) / (user + system));
  work(wanted);
  return wanted;
}

const row = '{"id":1,"name":"one","tags":["a","b"]}';
const bigText: { text: string } = { text: "" };
const rounds = { pbkdf2: 0 };

if (process.argv.includes("calibrated")) {
  calibrate(50_000, (count) => JSON.parse((bigText.text = `[${Array.from({ length: count }, () => row).join()}]`)));
  rounds.pbkdf2 = calibrate(100_000, (count) => pbkdf2Sync("password", "salt", count, 32, "sha256"));
  calibrate(16_000_000, (bytes) => {
    writeFileSync(bigFile, "x".repeat(bytes));
    readFileSync(bigFile, "utf8");
  });
}

const app = new App({
  docs: false,
  health: { details: true },
  log: { level: "debug", pretty: false, requests: false },
  guard: JSON.parse(process.env["GUARD"] ?? "true") as boolean,
});

function renderReport(): void {
  const end = performance.now() + long;
  while (performance.now() < end);
}

function parseRows(): number {
  const rows = JSON.parse(bigText.text) as readonly unknown[];
  return rows.length;
}

function matchName(): void {
  const end = performance.now() + long;
  // One letter more takes twice as long.
  for (let name = "a".repeat(18); performance.now() < end; name += "a") /^(a+)+$/.test(`${name}b`);
}

function loadFile(): number {
  return readFileSync(bigFile, "utf8").length;
}

function listFolder(): number {
  return execSync(`sleep ${long / 1_000}`).length;
}

function deriveKey(): string {
  return pbkdf2Sync("password", "salt", rounds.pbkdf2, 32, "sha256").toString("hex");
}

function sortRows(): number {
  const rows = Array.from({ length: 1_000_000 }, (_, index) => (index * 7_919) % 1_000_003);
  return rows.toSorted((one, other) => one - other).length;
}

async function addUp(): Promise<number> {
  let sum = 0;
  const end = performance.now() + long;
  while (performance.now() < end) for (let index = 0; index < 10_000; index += 1) sum += await addOne(index);
  return sum;
}

async function addOne(value: number): Promise<number> {
  return value + 1;
}

function readLittle(): number {
  return readFileSync(import.meta.filename).length;
}

let isWanted = false;
setInterval(() => {
  if (!isWanted) return;
  isWanted = false;
  renderReport();
}, 20).unref();

/** Old objects, so many that to look at all of them takes long. */
const garden: object[] = [];

function collectGarbage(): number {
  for (let start = performance.now(), took = 0; took < long / 2; took = performance.now() - start) {
    for (let index = 0; index < 300_000; index += 1) garden.push({ index });
    start = performance.now();
    globalThis.gc?.();
  }
  return garden.length;
}

if (process.argv.includes("overgrown")) collectGarbage();

app.get("/report", () => renderReport());
app.get("/parse", () => parseRows());
app.get("/match", () => matchName());
app.get("/load", () => loadFile());
app.get("/exec", () => listFolder());
app.get("/derive", () => deriveKey());
app.get("/sort", () => sortRows());
app.get("/microtasks", () => addUp());
app.get("/anonymous", () => {
  const end = performance.now() + long;
  while (performance.now() < end);
});
app.get("/collect", () => globalThis.gc?.());
app.get("/little", () => readLittle());
app.get("/require", () => typeof createRequire(import.meta.url)("../../../package.json"));
app.get("/later", () => void setTimeout(renderReport, 50));
app.get("/outside", () => {
  isWanted = true;
});
app.get("/nothing", () => "nothing");
app.get("/stop", () => void setTimeout(() => void app.stop(), 10));

await app.listen({ port: 0 });
