/** A folder whose files may be sent: names that come from clients lead into it, and never out of it. */

import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ApusError } from "../errors/apus-error.ts";
import { identify, isMissing, openFile, type OpenFile } from "./open-file.ts";

export interface FolderRules {
  /** Whether names that begin with a dot are found. */
  readonly dotfiles: "ignore" | "allow";
  /** Whether links are followed as long as they stay inside. */
  readonly symlinks: "inside" | "refuse";
}

/** Names that were found to lie inside, with what they led to then. */
const maxKnown = 4_096;

export class StaticFolder {
  readonly #given: string;
  readonly #rules: FolderRules;
  readonly #known = new Map<string, string>();
  #root: Promise<string> | undefined;

  /** Begins to look the folder up: where it lies then is what counts, whatever becomes of links to it. */
  constructor(folder: string | URL, rules: FolderRules) {
    this.#given = toPath(folder);
    this.#rules = rules;
    // Whoever asks for a file is told.
    this.#findRoot().catch(() => {});
  }

  /**
   * Opens what lies below the folder under these names, which `parseStaticPath` has passed.
   * @throws ApusError APUS_BAD_OPTION when the folder does not exist
   */
  async open(names: readonly string[]): Promise<OpenFile | undefined> {
    const root = await this.#findRoot();
    if (this.#rules.dotfiles === "ignore" && hasHidden(names)) return undefined;
    const path = join(root, ...names);
    const file = await openFile(path);
    if (file === undefined) return undefined;
    try {
      if (await this.#isInside(root, { path, file })) return file;
    } catch (error) {
      await file.close();
      // It was there a moment ago.
      if (isMissing(error)) return undefined;
      throw error;
    }
    await file.close();
    return undefined;
  }

  /** Of what was opened, not of what the name leads to now: both are one when they are the same file. */
  async #isInside(root: string, { path, file }: { readonly path: string; readonly file: OpenFile }): Promise<boolean> {
    if (this.#known.get(path) === file.identity) return true;
    const real = await realpath(path);
    if (this.#rules.symlinks === "refuse" && real !== path) return false;
    // Where the system does not tell capitals apart, routes do: a guard of "/admin" would not see "/ADMIN".
    if (real !== path && real.toLowerCase() === path.toLowerCase()) return false;
    const prefix = root.endsWith(sep) ? root : `${root}${sep}`;
    if (real !== root && !real.startsWith(prefix)) return false;
    if (this.#rules.dotfiles === "ignore" && hasHidden(real.slice(prefix.length).split(sep))) return false;
    if (identify(await stat(real)) !== file.identity) return false;
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(path, file.identity);
    return true;
  }

  async #findRoot(): Promise<string> {
    this.#root ??= realpath(this.#given);
    try {
      return await this.#root;
    } catch (cause) {
      this.#root = undefined;
      const message = `The folder ${JSON.stringify(this.#given)} cannot be served: create it, or name another one.`;
      throw new ApusError("APUS_BAD_OPTION", message, { cause });
    }
  }
}

/** The path of a `file:` URL, or the path as it is; relative ones begin at the working directory. */
export function toPath(place: string | URL): string {
  return typeof place === "string" ? place : fileURLToPath(place);
}

/** `.well-known` is meant to be found (RFC 8615). */
function hasHidden(names: readonly string[]): boolean {
  return names.some((name) => name.startsWith(".") && name !== ".well-known");
}
