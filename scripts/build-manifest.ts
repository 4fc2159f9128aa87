/** The package.json of the published package, made from the repository's own. */

import { optionalPackages } from "../test/architecture/floors.ts";

/** What is read of the repository's package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly type: string;
  readonly sideEffects: boolean;
  readonly engines: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly homepage?: string;
  readonly repository?: unknown;
}

/** Entries point at the built files, types first; packages that only some entries need become optional peers. */
export function buildManifest(manifest: Manifest): Readonly<Record<string, unknown>> {
  const { exports, bin = {}, devDependencies, ...rest } = manifest;
  const peers = optionalPackages.map(({ name, range }) => [name, range ?? `^${readVersion(devDependencies, name)}`]);
  return {
    ...Object.fromEntries(copiedFields.map((field) => [field, rest[field]])),
    exports: Object.fromEntries(Object.entries(exports).map(([subpath, target]) => [subpath, buildTarget(target)])),
    // Without "./", which npm would remove and complain about.
    bin: Object.fromEntries(Object.entries(bin).map(([name, target]) => [name, builtPath(target).slice(2)])),
    peerDependencies: Object.fromEntries(peers),
    peerDependenciesMeta: Object.fromEntries(peers.map(([name]) => [name, { optional: true }])),
  };
}

const copiedFields = [
  ...(["name", "version", "description", "keywords", "license", "homepage", "repository"] as const),
  ...(["type", "sideEffects", "engines"] as const),
];

function buildTarget(target: string): string | Readonly<Record<string, string>> {
  if (!target.endsWith(".ts")) return target;
  const script = builtPath(target);
  return { types: script.replace(/\.js$/, ".d.ts"), default: script };
}

function builtPath(source: string): string {
  return source.replace(/^\.\/src\//, "./").replace(/\.ts$/, ".js");
}

function readVersion(packages: Readonly<Record<string, string>>, name: string): string {
  const version = packages[name];
  if (version === undefined)
    throw new Error(`${name} is an optional peer and no devDependency: install it for the tests`);
  return version;
}
