/** Finds the programs of PostgreSQL and Redis on this machine, and installs Debian's packages where it may. */

import { spawnSync } from "node:child_process";
import { existsSync, globSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

export type ServiceKind = "postgres" | "redis";

export const serviceKinds: readonly ServiceKind[] = ["postgres", "redis"];

/** What a service is called, and the package of Debian that has it. */
export const titles: Readonly<Record<ServiceKind, { readonly title: string; readonly aptPackage: string }>> = {
  postgres: { title: "PostgreSQL", aptPackage: "postgresql" },
  redis: { title: "Redis", aptPackage: "redis-server" },
};

/** For PostgreSQL the folder with `initdb` and `postgres`, for Redis its server; undefined when there is none. */
export function findService(kind: ServiceKind): string | undefined {
  if (kind === "redis") return findOnPath("redis-server") ?? findOnPath("valkey-server");
  const folders = globSync("/usr/lib/postgresql/*/bin").toSorted((a, b) => versionOf(b) - versionOf(a));
  const onPath = ["postgres", "pg_ctl"].flatMap((name) => findOnPath(name) ?? []);
  return [...folders, ...onPath.map((path) => dirname(realpathSync(path)))].find(
    (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")),
  );
}

/**
 * Installs the packages with apt-get, without starting what they bring; said on stderr.
 * Whether that worked is seen by looking for the programs again. It takes 3 minutes at most.
 */
export function installServices(kinds: readonly ServiceKind[]): void {
  if (kinds.length === 0 || process.getuid?.() !== 0 || findOnPath("apt-get") === undefined) return;
  const packages = kinds.map((kind) => titles[kind].aptPackage);
  process.stderr.write(`Installing ${packages.join(" and ")} …\n`);
  const allow = denyStarts();
  try {
    const run = (...words: readonly string[]): boolean =>
      spawnSync("apt-get", words, {
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
        stdio: "ignore",
        timeout: 90_000,
      }).status === 0;
    const install = (): boolean => run("install", "-y", "-qq", "--no-install-recommends", ...packages);
    // The lists of packages may be there already, and may be what cannot be had.
    if (!(run("update", "-qq") && install())) install();
  } finally {
    allow();
  }
}

/** What to say when a service is not there. */
export function describeMissing(kind: ServiceKind): string {
  const { title, aptPackage } = titles[kind];
  return `${title} is not installed here: on Debian, apt-get install ${aptPackage} (as root, this script does it itself).`;
}

/** Keeps packages from starting their own servers while they are installed (policy-rc.d); gives what ends that. */
function denyStarts(): () => void {
  const path = "/usr/sbin/policy-rc.d";
  if (existsSync(path)) return () => {};
  writeFileSync(path, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return () => rmSync(path, { force: true });
}

function versionOf(folder: string): number {
  return Number.parseFloat(folder.split("/")[4] ?? "0");
}

function findOnPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}
