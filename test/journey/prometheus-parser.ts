/** Reads Prometheus's text format 0.0.4, and refuses what is not exactly that. */

import assert from "node:assert/strict";

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusPage {
  readonly samples: readonly Sample[];
  readonly types: ReadonlyMap<string, string>;
}

const nameForm = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const sampleForm = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelForm = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;

/** Families stand together, each with its type first; no series comes twice; buckets only rise, up to the count. */
export function parsePrometheus(text: string): PrometheusPage {
  assert.ok(text.endsWith("\n"), "the last line ends, too");
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  let family = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [mark, kind, name = "", rest] = line.split(" ", 4);
    if (mark === "#") {
      assert.match(name, nameForm);
      if (kind === "HELP") continue;
      assert.equal(kind, "TYPE");
      assert.ok(!types.has(name), `${name} has two types`);
      assert.ok(["counter", "gauge", "histogram"].includes(rest ?? ""), line);
      types.set(name, rest ?? "");
      family = name;
      continue;
    }
    const sample = parseSample(line);
    const base = types.get(family) === "histogram" ? familyOf(sample.name) : sample.name;
    assert.equal(base, family, `${line} stands outside of its family`);
    assert.equal(sample.name.endsWith("_total"), types.get(family) === "counter", line);
    const key = line.slice(0, line.lastIndexOf(" "));
    assert.ok(!seen.has(key), `${key} comes twice`);
    seen.add(key);
    samples.push(sample);
  }
  checkBuckets(samples.filter(({ name }) => types.get(familyOf(name)) === "histogram"));
  return { samples, types };
}

function parseSample(line: string): Sample {
  const [, name = "", list = "", value = ""] = sampleForm.exec(line) ?? assert.fail(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  labelForm.lastIndex = 0;
  while (labelForm.lastIndex < list.length) {
    const [, label = "", escaped = ""] = labelForm.exec(list) ?? assert.fail(`no labels: ${line}`);
    assert.ok(!(label in labels), `${label} comes twice: ${line}`);
    labels[label] = escaped.replaceAll(/\\(.)/g, (_, character) => (character === "n" ? "\n" : String(character)));
  }
  const number = value === "+Inf" ? Infinity : Number(value);
  assert.ok(!Number.isNaN(number), line);
  return { name, labels, value: number };
}

function familyOf(name: string): string {
  return name.replace(/_(?:bucket|sum|count)$/, "");
}

function checkBuckets(samples: readonly Sample[]): void {
  let last: Sample | undefined;
  for (const sample of samples) {
    if (sample.name.endsWith("_bucket")) {
      const bound = sample.labels["le"];
      assert.ok(bound !== undefined);
      if (last?.name === sample.name) assert.ok(sample.value >= last.value, "buckets are added up");
      last = sample;
    } else {
      if (sample.name.endsWith("_count")) assert.equal(last?.labels["le"], "+Inf");
      if (sample.name.endsWith("_count")) assert.equal(sample.value, last?.value);
      if (sample.name.endsWith("_count")) last = undefined;
    }
  }
}
