/** Reads an application's settings from the environment and `.env` files through a schema: all of them, or one error that names every fault. */

import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { SchemaIssue } from "../schema/schema.ts";
import type { AnySchema, InferOutput } from "../schema/standard-schema.ts";
import { hideValue } from "../schema/vendors/hide-value.ts";
import { freezeSettings, type FrozenSettings } from "./frozen-settings.ts";
import {
  findText,
  readEnvFile,
  readEnvironment,
  readNamedFile,
  type FoundText,
  type SettingsFile,
  type SettingSource,
} from "./setting-sources.ts";
import { compileSettingTree, type SettingNode } from "./setting-tree.ts";

export interface SettingsOptions {
  /** `.env` files; of two with one variable the later one counts, and the environment counts before all. None by default. */
  readonly files?: readonly (string | URL | SettingsFile)[] | undefined;
  /** What every variable's name begins with, such as "SHOP_". */
  readonly prefix?: string | undefined;
  /** Whether DATABASE_PASSWORD_FILE may name a file with the value of DATABASE_PASSWORD; false by default. */
  readonly secretFiles?: boolean | undefined;
  /** Names of further properties whose values must not be printed, at any depth. */
  readonly secrets?: readonly string[] | undefined;
  /** Texts by variable; `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * The settings, frozen; what is secret in them is not printed.
 * @throws ApusError APUS_SETTINGS that names every variable that is missing or wrong, and never a value;
 * APUS_BAD_OPTION, APUS_NOT_A_SCHEMA; APUS_UNDESCRIBABLE_SCHEMA when the schema does not tell its properties.
 */
export async function readSettings<S extends AnySchema>(
  schema: S,
  options: SettingsOptions = {},
): Promise<FrozenSettings<InferOutput<S>>> {
  checkOptions(options);
  const compiled = await compileSchema(schema);
  const tree = compiled.input === undefined ? [] : compileSettingTree(compiled.input, options.prefix ?? "");
  if (tree.length === 0) {
    const message = "readSettings() needs an object schema that tells its properties as JSON Schema.";
    throw new ApusError("APUS_UNDESCRIBABLE_SCHEMA", message);
  }
  const reader = new SettingsReader(options, tree);
  await reader.openFiles();
  const value = await reader.readMembers(tree);
  const result = await compiled.validate(value);
  if (result.issues !== undefined) reader.addIssues(result.issues, value);
  reader.throwProblems();
  return freezeSettings(result.value, new Set(options.secrets)) as FrozenSettings<InferOutput<S>>;
}

function checkOptions(options: SettingsOptions): void {
  const names = ["files", "prefix", "secretFiles", "secrets", "environment"];
  const check = new CheckedOptions("readSettings", options, names);
  check.kind("secretFiles", "boolean");
  const { files = [], secrets = [], prefix = "" } = options;
  if (typeof prefix !== "string" || !/^\w*$/.test(prefix)) check.refuse("prefix", "letters, digits and underscores");
  const isList = Array.isArray(files) && files.every((file) => pathOf(file) !== undefined);
  if (!isList) check.refuse("files", 'a list of paths, or of { path, required }, such as [".env"]');
  const areNames = Array.isArray(secrets) && secrets.every((name) => typeof name === "string");
  if (!areNames) check.refuse("secrets", "a list of names of properties");
}

function pathOf(file: string | URL | SettingsFile): string | URL | undefined {
  const path: unknown = typeof file === "string" || file instanceof URL ? file : (file as SettingsFile | null)?.path;
  return (typeof path === "string" && path !== "") || path instanceof URL ? path : undefined;
}

class SettingsReader {
  readonly #options: SettingsOptions;
  readonly #tree: readonly SettingNode[];
  /** The strongest first. */
  #sources: readonly SettingSource[];
  readonly #found = new Map<SettingNode, FoundText>();
  /** Nodes that have a problem of their own already: what the schema says of them adds nothing. */
  readonly #unread = new Set<SettingNode>();
  readonly #claimed: ReadonlySet<string>;
  readonly #problems: string[] = [];

  constructor(options: SettingsOptions, tree: readonly SettingNode[]) {
    this.#options = options;
    this.#tree = tree;
    this.#sources = [readEnvironment(options.environment ?? process.env)];
    this.#claimed = new Set(listNodes(tree).flatMap(({ variables }) => variables));
  }

  async openFiles(): Promise<void> {
    const files: SettingSource[] = [];
    for (const file of this.#options.files ?? []) {
      const described = typeof file === "string" || file instanceof URL ? { path: file } : file;
      const source = await readEnvFile(described, (problem) => this.#problems.push(problem));
      if (source !== undefined) files.unshift(source);
    }
    this.#sources = [...this.#sources, ...files];
  }

  /** The values of an object's settings that were found. */
  async readMembers(nodes: readonly SettingNode[], whole: object = {}): Promise<Readonly<Record<string, unknown>>> {
    // Without a prototype: a schema would take an inherited "toString" for a setting.
    const values: Record<string, unknown> = Object.assign(Object.create(null), whole);
    for (const node of nodes) {
      const value = await this.#readNode(node);
      if (value !== undefined) values[node.name] = value;
    }
    return values;
  }

  async #readNode(node: SettingNode): Promise<unknown> {
    const found = await this.#findText(node);
    if (found !== undefined) this.#found.set(node, found);
    const own = found === undefined ? undefined : node.read(found.text);
    if (node.members.length === 0) return own;
    const isObject = typeof own === "object" && own !== null && !Array.isArray(own);
    const members = await this.readMembers(node.members, isObject ? own : {});
    if (Object.keys(members).length > 0) return members;
    // An object that has to be there is empty, so that the schema names what is missing in it.
    return own ?? (node.isRequired ? {} : undefined);
  }

  async #findText(node: SettingNode): Promise<FoundText | undefined> {
    const { variables } = node;
    const fileVariable = `${variables.at(-1)}_FILE`;
    if (this.#options.secretFiles !== true || this.#claimed.has(fileVariable))
      return findText(this.#sources, variables);
    for (const source of this.#sources) {
      const direct = findText([source], variables);
      const named = findText([source], [fileVariable]);
      if (named === undefined && direct === undefined) continue;
      if (named === undefined) return direct;
      if (direct === undefined) return await this.#readFile(node, fileVariable, named);
      this.#refuse(
        node,
        `${variables.at(-1)} and ${fileVariable} are both set in ${source.name}: leave one of them out.`,
      );
      return undefined;
    }
    return undefined;
  }

  async #readFile(node: SettingNode, variable: string, { text, from }: FoundText): Promise<FoundText | undefined> {
    const content = await readNamedFile(text, (why) => this.#refuse(node, `${variable} (from ${from}): ${why}.`));
    return content === undefined ? undefined : { text: content, from: `the file of ${variable}` };
  }

  #refuse(node: SettingNode, problem: string): void {
    this.#problems.push(problem);
    this.#unread.add(node);
  }

  /** Adds what the schema refuses: one problem for each variable. */
  addIssues(issues: readonly SchemaIssue[], value: unknown): void {
    const texts = [...this.#found.values()].map(({ text }) => text);
    const seen = new Set<SettingNode | undefined>(this.#unread);
    for (const { path, message } of issues) {
      const node = this.#findNode(path);
      if (seen.has(node)) continue;
      if (node !== undefined) seen.add(node);
      this.#problems.push(this.#describe(node, hideValue(message, [texts, value])));
    }
  }

  #findNode(path: SchemaIssue["path"]): SettingNode | undefined {
    let nodes = this.#tree;
    let node: SettingNode | undefined;
    for (const name of path) {
      const next = nodes.find((candidate) => candidate.name === name);
      if (next === undefined) break;
      node = next;
      nodes = next.members;
    }
    return node;
  }

  #describe(node: SettingNode | undefined, message: string): string {
    if (node === undefined) return `All together: ${message}.`;
    const found = this.#found.get(node);
    const name = node.variables.at(-1) ?? "";
    if (found !== undefined) return `${name} (from ${found.from}) must be ${node.expected}: ${message}.`;
    if (node.members.length > 0) return `${name}__…: ${message}.`;
    return `${name} is not set in ${this.#sources.map((source) => source.name).join(" or ")}; it must be ${node.expected}.`;
  }

  throwProblems(): void {
    const problems = this.#problems;
    if (problems.length === 0) return;
    const count = problems.length === 1 ? "One setting is" : `${problems.length} settings are`;
    const lines = problems.map((problem) => `\n  ${problem}`).join("");
    throw new ApusError("APUS_SETTINGS", `${count} missing or wrong:${lines}`);
  }
}

function listNodes(nodes: readonly SettingNode[]): readonly SettingNode[] {
  return nodes.flatMap((node) => [node, ...listNodes(node.members)]);
}
