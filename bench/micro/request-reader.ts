/** Measures what reading one head costs: a short one, a browser's, and one of many fields, whole and in two pieces. */

import { defaultEngineOptions } from "../../src/server/engine.ts";
import { Inbox } from "../../src/server/inbox.ts";
import { RequestReader } from "../../src/server/request-reader.ts";

const rounds = 15;
const batchMs = 40;

const browser = [
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-US,en;q=0.9",
  "Cache-Control: no-cache",
  "Connection: keep-alive",
  "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark",
  "Sec-Fetch-Mode: navigate",
];
const many = Array.from({ length: 80 }, (_, index) => `X-Field-${index}: value ${index}`);

const subjects: readonly (readonly [name: string, head: Buffer])[] = [
  ["short", encodeHead([])],
  ["browser", encodeHead(browser)],
  ["80 fields", encodeHead(many)],
];

function encodeHead(fields: readonly string[]): Buffer {
  return Buffer.from(
    ["GET /users/42?page=2 HTTP/1.1", "Host: localhost:8000", ...fields, "", ""].join("\r\n"),
    "latin1",
  );
}

/** Nanoseconds per head over one batch; `cut` is where the bytes are split, 0 for nowhere. */
function measureBatch(head: Buffer, cut: number): number {
  const reader = new RequestReader(defaultEngineOptions);
  const inbox = new Inbox();
  const pieces = cut === 0 ? [head] : [head.subarray(0, cut), head.subarray(cut)];
  let count = 0;
  let found = 0;
  const start = performance.now();
  let elapsed = 0;
  while (elapsed < batchMs) {
    for (let repeat = 0; repeat < 100; repeat += 1) {
      for (const piece of pieces) {
        inbox.add(piece);
        const read = reader.read(inbox);
        if (read === undefined) continue;
        // What every request of the framework asks for.
        if (read.get("x-request-id") === undefined && read.get("traceparent") === undefined) found += 1;
      }
    }
    count += 100;
    elapsed = performance.now() - start;
  }
  if (found !== count) throw new Error(`${count - found} of ${count} heads were not read`);
  return (elapsed * 1e6) / count;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

console.log("head             bytes    ns whole   ns in two    ns per byte");
for (const [name, head] of subjects) {
  const cut = Math.floor(head.length / 2);
  for (let warmUp = 0; warmUp < 3; warmUp += 1) measureBatch(head, warmUp === 2 ? cut : 0);
  const whole = median(Array.from({ length: rounds }, () => measureBatch(head, 0)));
  const split = median(Array.from({ length: rounds }, () => measureBatch(head, cut)));
  const columns = [name.padEnd(12), head.length, whole.toFixed(0), split.toFixed(0), (whole / head.length).toFixed(2)];
  console.log(
    columns.map((column, index) => (index === 0 ? column : String(column).padStart(index === 1 ? 10 : 12))).join(""),
  );
}
