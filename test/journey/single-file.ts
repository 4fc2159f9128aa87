/** Puts a module and everything of Apus that it imports into one file, as a bundler does, with Node's own type stripping. */

import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entries: Readonly<Record<string, string>> = { apus: "src/index.ts", "apus/workers": "src/workers.ts" };
const importForm = /^import\s+(?:(?<own>\w+)|\*\s*as\s+(?<all>\w+)|(?<names>\{[^}]*\}))\s*from\s*"(?<from>[^"]+)";?$/gm;
const exportFromForm = /^export\s+(?<names>\{[^}]*\})\s*from\s*"(?<from>[^"]+)";?$/gm;
const exportListForm = /^export\s+(?<names>\{[^}]*\});?$/gm;
const declarationForm = /^export (?=(?:async )?(?:const|let|class|function\*?)\s+(?<name>\w+))/gm;

type Parts = Readonly<Record<string, string | undefined>>;

/** One file of modules as functions, which is what a bundler that keeps their scopes apart gives. */
export class SingleFile {
  readonly #names = new Map<string, string>();
  readonly #imports: string[] = [];
  readonly #modules: string[] = [];

  /** The text of a module that needs no other file of ours; `source` is run last. */
  build(source: string): string {
    const { text } = this.#rewrite(source, root);
    return [...this.#imports, ...this.#modules, text].join("\n");
  }

  #include(path: string): string {
    const known = this.#names.get(path);
    if (known !== undefined) return known;
    const name = `module${this.#names.size}`;
    this.#names.set(path, name);
    const { text, exported } = this.#rewrite(readFileSync(path, "utf8"), dirname(path));
    this.#modules.push(`const ${name} = (() => {\n${text}\nreturn { ${exported.join(", ")} };\n})();`);
    return name;
  }

  #rewrite(source: string, folder: string): { readonly text: string; readonly exported: readonly string[] } {
    const exported: string[] = [];
    const partsOf = (found: readonly unknown[]): Parts => found.at(-1) as Parts;
    const text = stripTypeScriptTypes(source)
      .replace(importForm, (...found) => {
        const { own, all, names = "", from = "" } = partsOf(found);
        const name = this.#nameOf(from, folder);
        if (all !== undefined) return `const ${all} = ${name};`;
        return own === undefined
          ? `const ${names.replaceAll(" as ", ": ")} = ${name};`
          : `const ${own} = ${name}.default;`;
      })
      .replace(exportFromForm, (...found) => {
        const { names = "", from = "" } = partsOf(found);
        const name = this.#nameOf(from, folder);
        for (const [inner, outer] of readNames(names)) exported.push(`get ${outer}() { return ${name}.${inner}; }`);
        return "";
      })
      .replace(exportListForm, (...found) => {
        for (const [inner, outer] of readNames(partsOf(found)["names"] ?? "")) exported.push(`${outer}: ${inner}`);
        return "";
      })
      .replace(declarationForm, (...found) => {
        exported.push(partsOf(found)["name"] ?? "");
        return "";
      });
    return { text, exported };
  }

  #nameOf(from: string, folder: string): string {
    const entry = entries[from];
    if (entry !== undefined) return this.#include(resolve(root, entry));
    if (from.startsWith(".")) return this.#include(resolve(folder, from));
    const known = this.#names.get(from);
    if (known !== undefined) return known;
    const name = `package${this.#names.size}`;
    this.#names.set(from, name);
    this.#imports.push(`import * as ${name} from "${from}";`);
    return name;
  }
}

function readNames(list: string): readonly (readonly [inner: string, outer: string])[] {
  return list
    .slice(1, -1)
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map((each) => {
      const [inner = "", outer = inner] = each.split(/\s+as\s+/);
      return [inner, outer] as const;
    });
}
