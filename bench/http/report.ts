/** Writes what a run found: JSON with every value, and Markdown for people. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { BenchRun, Table } from "./bench-run.ts";
import { describeSpread, formatNumber } from "./statistics.ts";

/** The tables of one scenario. */
export interface Measured {
  readonly scenario: string;
  readonly tables: readonly Table[];
}

const folder = fileURLToPath(new URL("results/", import.meta.url));
const pagePath = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));
const [openMark, closeMark] = ["<!-- results -->", "<!-- /results -->"];

/** A measurement with more of it was disturbed. */
const quietShare = 0.05;

function describeMachine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${first?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, ${memory}, Linux ${release().split(".", 2).join(".")}, Node ${process.version}`;
}

function encodeTable({ title, note, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = `|---|${columns
    .slice(1)
    .map(() => "--:|")
    .join("")}`;
  return [`### ${title}`, "", note, "", line(columns), rule, ...rows.map(line), ""].join("\n");
}

/** The whole report as Markdown. */
export function buildMarkdown(run: BenchRun, measured: readonly Measured[]): string {
  const share = (value: number): string => `${formatNumber(value * 100)} %`;
  const disturbed = run.foreignShares.filter((foreign) => foreign > quietShare).length;
  const total = run.foreignShares.length;
  const loads = describeSpread(run.loadShares);
  const facts = [
    `Taken on ${new Date().toISOString().slice(0, 10)} in ${formatNumber(run.seconds)} s${run.settings.quick ? ", quick mode" : ""}: ${describeMachine()}.`,
    ...(total === 0
      ? []
      : [
          `In ${disturbed} of ${total} measurements others used more than ${share(quietShare)} of the server's core${disturbed > total / 10 ? ": **the machine was not quiet, read the ratios**" : ""}.`,
          `The load process was busy ${share(loads.median)} of its time in the median, ${share(loads.max)} at most.`,
        ]),
  ];
  const remarks = run.remarks.map(
    ({ place, message, isFailure }) => `- ${isFailure ? "**fault**, " : ""}${place}: ${message}`,
  );
  const tables = measured.flatMap((one) => one.tables.map(encodeTable));
  const notes = remarks.length === 0 ? [] : ["### Left out", "", ...new Set(remarks), ""];
  return [facts.join("\n"), "", ...tables, ...notes].join("\n");
}

/** Writes results/latest.json and results/latest.md; gives their text. */
export function writeReport(
  run: BenchRun,
  measured: readonly Measured[],
): { readonly json: string; readonly markdown: string } {
  const markdown = buildMarkdown(run, measured);
  const { settings, remarks, foreignShares, loadShares } = run;
  const content = { machine: describeMachine(), settings, measured, remarks, foreignShares, loadShares };
  const json = `${JSON.stringify(content, undefined, 2)}\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}latest.json`, json);
  writeFileSync(`${folder}latest.md`, markdown);
  return { json, markdown };
}

/** Puts the report between the marks of docs/benchmarks.md. */
export function publishReport(markdown: string): void {
  const page = readFileSync(pagePath, "utf8");
  const [open, close] = [page.indexOf(openMark), page.indexOf(closeMark)];
  if (open === -1 || close < open) throw new Error(`docs/benchmarks.md has no ${openMark} … ${closeMark}`);
  writeFileSync(pagePath, `${page.slice(0, open + openMark.length)}\n\n${markdown}\n${page.slice(close)}`);
}
