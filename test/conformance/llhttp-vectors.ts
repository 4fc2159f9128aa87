/** Reads the Markdown of llhttp's own vectors: the bytes of each, and what its parser said of them. */

import { globSync, readFileSync } from "node:fs";

export interface Vector {
  /** File, heading, and a number where a heading has several. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Requests that the parser read to their end. */
  readonly complete: number;
  /** The parser's reason to refuse what follows them. */
  readonly error: string | undefined;
}

/** The strict vectors of a folder that mean something to a server; those of parser modes and pauses are counted as skipped. */
export function readVectors(folder: URL): { readonly vectors: readonly Vector[]; readonly skipped: number } {
  const vectors: Vector[] = [];
  let skipped = 0;
  for (const file of globSync("*.md", { cwd: folder }).toSorted()) {
    const text = readFileSync(new URL(file, folder), "utf8");
    const names = new Map<string, number>();
    for (const part of text.split(/^(?=#)/m)) {
      const heading = /^#+ (.*)$/m.exec(part)?.[1] ?? "";
      const blocks = part.matchAll(/<!-- meta=(\{.*?\}) -->\s*```http\n([^]*?)```\s*```log\n([^]*?)```/g);
      for (const [, meta = "", input = "", log = ""] of blocks) {
        if (!isForServers(meta, log)) {
          skipped += 1;
          continue;
        }
        const count = (names.get(heading) ?? 0) + 1;
        names.set(heading, count);
        const name = `${file} ${heading}${count > 1 ? ` ${count}` : ""}`;
        const complete = log.split("message complete").length - 1;
        vectors.push({ name, bytes: readBytes(input), complete, error: /error code=\d+ reason="(.*)"/.exec(log)?.[1] });
      }
    }
  }
  return { vectors, skipped };
}

function isForServers(meta: string, log: string): boolean {
  const { type, ...modes } = JSON.parse(meta) as Record<string, unknown>;
  const isPlain = Object.keys(modes).every((key) => key === "noScan");
  return type === "request" && isPlain && !/Pause on|pause/i.test(log);
}

/** A line break is a CRLF, unless a backslash takes it away; the last one belongs to the fence. */
function readBytes(input: string): Buffer {
  const escapes: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t", f: "\f" };
  const text = input
    .replace(/\n$/, "")
    .replaceAll(/\\\n/g, "")
    .replaceAll("\n", "\r\n")
    .replaceAll(/\\(?:x([0-9a-fA-F]{2})|([rntf]))/g, (_, hex: string | undefined, letter: string) =>
      hex === undefined ? (escapes[letter] ?? "") : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return addHost(Buffer.from(text, "utf8").toString("latin1"));
}

/** A server wants a Host where a parser does not. */
function addHost(text: string): Buffer {
  const hasHost = /^host *:/im.test(text);
  const complete = hasHost ? text : text.replaceAll(/^[^\r\n]* HTTP\/\d\.\d\r\n/gm, "$&Host: a\r\n");
  return Buffer.from(complete, "latin1");
}
