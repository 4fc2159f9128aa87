/** Stacks as data: where code stands, whose it is, and which of its frames is to be named. */

import { findSourceMap } from "node:module";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { getCallSites } from "node:util";

/** Whose code: the user's, a package's, Node.js's, or our own. */
export type FrameOwner = "user" | "package" | "node" | "own";

export interface StackFrame {
  /** Name of the function; empty when it has none. */
  readonly name: string;
  /** URL or path of the script. */
  readonly script: string;
  readonly line: number;
  readonly column: number;
}

/** A place in a program, as people read it. */
export interface Place {
  readonly name: string;
  /** Relative to the working directory when it is below it. */
  readonly file: string;
  readonly line: number;
}

const ownRoot = new URL("../", import.meta.url).href;
const maxFrames = 100;

/** The stack of the caller, innermost first, without its `skipped` innermost frames. Runs no code of the user. */
export function readStack(skipped: number): readonly StackFrame[] {
  return getCallSites(maxFrames)
    .slice(skipped + 1)
    .map(({ functionName, scriptName, lineNumber, columnNumber }) => ({
      name: functionName,
      script: scriptName,
      line: lineNumber,
      column: columnNumber,
    }));
}

export function ownerOf({ script }: StackFrame): FrameOwner {
  if (script === "" || script.startsWith("node:")) return "node";
  if (script.startsWith(ownRoot) && !script.endsWith(".test.ts")) return "own";
  return script.includes("/node_modules/") || script.includes("\\node_modules\\") ? "package" : "user";
}

/**
 * The place of a frame, in the source that a source map leads to where Node.js was told to read them.
 * A function without a name has that of the one around it in `stack`, such as the one that sorts.
 */
export function placeOf(frame: StackFrame, stack: readonly StackFrame[] = []): Place {
  const { script, line, column } = frame;
  const name = frame.name === "" ? findOuterName(frame, stack) : frame.name;
  const origin = findSourceMap(script)?.findOrigin(line, column);
  const found = origin !== undefined && "fileName" in origin ? origin : undefined;
  const source = typeof found?.fileName === "string" ? found.fileName : script;
  return { name, file: shorten(toPath(source)), line: found?.lineNumber ?? line };
}

/** "in load (src/load.ts:7)", or "at src/load.ts:7" for a function without a name. */
export function describePlace({ name, file, line }: Place): string {
  return name === "" ? `at ${file}:${line}` : `in ${name} (${file}:${line})`;
}

function findOuterName(frame: StackFrame, stack: readonly StackFrame[]): string {
  for (const outer of stack.slice(stack.indexOf(frame) + 1)) {
    if (outer.script !== frame.script && ownerOf(outer) !== "node") return "";
    if (outer.script === frame.script && outer.name !== "") return outer.name;
  }
  return "";
}

export function formatFrame(frame: StackFrame): string {
  const { name, file, line } = placeOf(frame);
  return name === "" ? `${file}:${line}` : `${name} (${file}:${line})`;
}

/** `file:line` of somebody else, shortened in the same way. */
export function shortenPlace(place: string): string {
  return shorten(place);
}

function toPath(script: string): string {
  if (!script.startsWith("file:")) return script;
  try {
    return fileURLToPath(script);
  } catch {
    return script;
  }
}

function shorten(path: string): string {
  if (path.startsWith("node:")) return path;
  const short = relative(process.cwd(), path);
  return short.startsWith("..") || short === "" ? path : short.replaceAll(sep, "/");
}
