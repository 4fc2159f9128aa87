/** Tells which files the app consists of, while they are loaded. */

import { registerHooks } from "node:module";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Calls `report` once with the path of each file that is imported or required from now on, outside `node_modules`. */
export function reportModules(report: (path: string) => void): void {
  const seen = new Set<string>();
  const tell = (url: string): void => {
    if (!url.startsWith("file:")) return;
    const path = fileURLToPath(url);
    if (seen.has(path) || path.includes(`${sep}node_modules${sep}`)) return;
    seen.add(path);
    report(path);
  };
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        // A file that is missing is one whose appearance matters.
        if (/^(?:\.\.?\/|file:)/.test(specifier)) tell(new URL(specifier, context.parentURL).href);
        throw error;
      }
    },
    load(url, context, next) {
      tell(url);
      return next(url, context);
    },
  });
}
