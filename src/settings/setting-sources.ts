/** Where settings are looked for: the environment and `.env` files, and the files that variables name. */

import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";

/** A `.env` file. */
export interface SettingsFile {
  /** Relative to the working directory. */
  readonly path: string | URL;
  /** Whether it has to be there; false by default. */
  readonly required?: boolean | undefined;
}

/** One place with texts by variable. */
export interface SettingSource {
  /** For messages: "the environment", or the path of a file as it was given. */
  readonly name: string;
  readonly texts: ReadonlyMap<string, string>;
}

/** A text and where it comes from, in words. */
export interface FoundText {
  readonly text: string;
  readonly from: string;
}

/** What went wrong with a place, in words without any value. */
export type ReportProblem = (problem: string) => void;

/** The environment as a source; variables that are undefined are not there. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): SettingSource {
  const texts = new Map<string, string>();
  for (const [name, text] of Object.entries(environment)) if (typeof text === "string") texts.set(name, text);
  return { name: "the environment", texts };
}

/** Reads one `.env` file by the grammar of Node's own `util.parseEnv`; undefined when it is not there. */
export async function readEnvFile(file: SettingsFile, report: ReportProblem): Promise<SettingSource | undefined> {
  const name = file.path instanceof URL ? file.path.pathname : file.path;
  try {
    const content = await readFile(file.path, "utf8");
    return { name, texts: new Map(Object.entries(parseEnv(withoutMark(content)) as Record<string, string>)) };
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOENT" || file.required === true) report(`The file ${name} cannot be read (${code}).`);
    return undefined;
  }
}

/** Looks for a text under several names, in the strongest source that has one of them. */
export function findText(sources: readonly SettingSource[], names: readonly string[]): FoundText | undefined {
  for (const { name: from, texts } of sources) {
    const name = names.find((candidate) => texts.has(candidate));
    if (name !== undefined) return { text: texts.get(name) ?? "", from };
  }
  return undefined;
}

/** The content of a file that a variable names, without its last line break; undefined when it cannot be read. */
export async function readNamedFile(path: string, report: ReportProblem): Promise<string | undefined> {
  try {
    const content = withoutMark(await readFile(path, "utf8"));
    const end = content.endsWith("\r\n") ? -2 : content.endsWith("\n") ? -1 : content.length;
    return content.slice(0, end);
  } catch (error) {
    report(`the file that it names cannot be read (${codeOf(error)})`);
    return undefined;
  }
}

/** A byte order mark would become part of the first name. */
function withoutMark(content: string): string {
  return content.startsWith("\uFEFF") ? content.slice(1) : content;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
}
