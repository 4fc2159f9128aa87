/** Nothing in the repository tells on which machine, or behind which registry, it was written. */

import { lineOf, type Finding, type SourceFile } from "./source-file.ts";

const traces: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\/(?:home|Users)\/[A-Za-z0-9._-]+\/|[A-Za-z]:\\\\?Users\\/g, "somebody's home folder"],
  [/(?<![\w./])\/(?:root|tmp|workspace)\/[\w.-]+/g, "an absolute path of one machine"],
  [/https?:\/\/[^\s"'`/]*(?:registry|artifactory|jfrog|nexus|verdaccio)[^\s"'`/]*/g, "a package registry"],
  [/\bregistry\.(?:npmjs|yarnpkg|npmmirror)\.[a-z]+/g, "a package registry"],
];

/** Absolute machine paths and registry hosts; `checkout` is the folder of the checkout itself, which must not appear either. */
export function checkMachineTraces(files: readonly SourceFile[], checkout: string): readonly Finding[] {
  const isTelling = checkout.split(/[\\/]/).length > 2;
  return files.flatMap(({ path, text }) => {
    const known = traces.flatMap(([pattern, what]) =>
      [...text.matchAll(pattern)].map((match) => ({ at: match.index, what: `${what} (${match[0]})` })),
    );
    const at = isTelling ? text.indexOf(`${checkout}/`) : -1;
    const here = at === -1 ? [] : [{ at, what: "the path of this checkout" }];
    return [...known, ...here].map(({ at: offset, what }) => ({
      rule: "machine-traces",
      path: `${path}:${lineOf(text, offset)}`,
      message: `names ${what}: use a relative path, or the system's temporary folder`,
    }));
  });
}
