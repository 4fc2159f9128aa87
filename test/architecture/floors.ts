/** The floors of src: an import goes to a lower floor or stays in its folder, type imports included. */

import { stemOf } from "./names.ts";
import { readImports, type Import } from "./read-imports.ts";
import { isTest, type Finding, type SourceFile } from "./source-file.ts";

/** Folders of src from the ground up; a folder may import only from the rows below its own. */
export const floors: readonly (readonly string[])[] = [
  ["errors"],
  ["http", "schema", "log"],
  ["parameters", "routing", "middleware", "server", "multipart", "websocket", "workers"],
  ["dependencies", "settings"],
  ["operation", "security", "sql", "fetcher", "guard"],
  ["openapi", "client", "files", "tasks", "telemetry"],
  ["app"],
  ["testing", "dashboard", "cli"],
  ["the entry files in src/"],
];

/** A package that published files may import, but that no user has to install. */
export interface OptionalPackage {
  readonly name: string;
  /** The versions that fit; those from the tested one on when it is not given. */
  readonly range?: string;
  /** The files and folders that may import it. */
  readonly places: readonly string[];
}

/** The optional peers of the published package. */
export const optionalPackages: readonly OptionalPackage[] = [
  { name: "@valibot/to-json-schema", places: ["src/schema/vendors/"] },
  { name: "@opentelemetry/api", range: "^1.9.0", places: ["src/telemetry/"] },
  { name: "croner", range: "^11.0.0", places: ["src/tasks/"] },
  { name: "ioredis", range: "^6.0.0", places: ["src/websocket/"] },
  { name: "jose", range: "^6.0.0", places: ["src/security/"] },
  { name: "kysely", range: "^0.29.0", places: ["src/sql/"] },
  { name: "pg", range: "^8.16.0", places: ["src/sql/", "src/tasks/", "src/websocket/"] },
  { name: "pg-boss", range: "~12.38.0", places: ["src/tasks/"] },
  { name: "tough-cookie", range: "^6.0.0", places: ["src/fetcher/"] },
  { name: "typebox", places: ["src/typebox.ts"] },
  { name: "undici", range: "^8.0.0", places: ["src/fetcher/"] },
  { name: "ws", range: "^8.23.0", places: ["src/websocket/"] },
  { name: "zod", range: "^4.0.0", places: ["src/schema/vendors/"] },
];

/** The table as text, top floor first, for the message of a failing test. */
export function describeFloors(): string {
  return floors
    .map((folders, row) => `  ${nameFloor(row).padStart(6)}  ${folders.join(" · ")}`)
    .toReversed()
    .join("\n");
}

/** Imports that go up, sideways, out of src, or to a package that users would have to install. */
export function checkFloors(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter((file) => file.path.startsWith("src/"))
    .flatMap((file) => {
      const folder = folderOf(file.path);
      if (floorOf(folder) === -1) {
        const message = `no floor has the folder "${folder}": add it to the table in test/architecture/floors.ts, as low as its imports allow`;
        return [{ rule: "floors", path: file.path, message }];
      }
      return readImports(file).flatMap((imported) => {
        const message = imported.target === undefined ? judgePackage(file, imported) : judgeFile(file, imported.target);
        return message === undefined ? [] : [{ rule: "floors", path: `${file.path}:${imported.line}`, message }];
      });
    });
}

function judgePackage(file: SourceFile, { specifier }: Import): string | undefined {
  if (isTest(file.path) || specifier.startsWith("node:")) return undefined;
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const places = optionalPackages.find((candidate) => candidate.name === name)?.places ?? [];
  if (places.some((allowed) => file.path.startsWith(allowed))) return undefined;
  return places.length > 0
    ? `imports the optional package "${name}", which only ${places.join(" and ")} may`
    : `imports the package "${name}": the framework has no required dependency; use Node's own, or make it an optional peer`;
}

function judgeFile(file: SourceFile, target: string): string | undefined {
  const from = folderOf(file.path);
  const to = folderOf(target);
  if (!target.startsWith("src/")) {
    return isTest(file.path) ? undefined : `imports ${target}, which is not published: move it into src/`;
  }
  if (from === to && from !== entryFolder) return undefined;
  if (isTest(file.path) && stemOf(file.path) === stemOf(target)) return undefined;
  const own = floorOf(from);
  const other = floorOf(to);
  if (other < own) return undefined;
  if (isTest(file.path)) {
    return `imports ${target} from ${place(to)}: a test that needs a higher or neighbouring floor belongs to test/journey/`;
  }
  if (from === to) return `imports the entry file ${target}: import the file that defines the name`;
  return other > own
    ? `imports ${target}, up from ${place(from)} to ${place(to)}: move what it needs down to ${lowerThan(own)} or into src/${from}/, or move this file up to src/${to}/`
    : `imports ${target}, sideways from ${place(from)} to ${place(to)}: move what both need down to ${lowerThan(own)}, or let a higher floor pass it in as a value`;
}

const entryFolder = "";

/** The folder below src that a path belongs to; empty for the entry files. */
export function folderOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 2 ? (parts[1] ?? entryFolder) : entryFolder;
}

function floorOf(folder: string): number {
  return folder === entryFolder ? floors.length - 1 : floors.findIndex((folders) => folders.includes(folder));
}

function nameFloor(row: number): string {
  return row === 0 ? "ground" : String(row - 1);
}

function place(folder: string): string {
  const name = folder === entryFolder ? "the entries" : folder;
  return `${name} (floor ${nameFloor(floorOf(folder))})`;
}

function lowerThan(row: number): string {
  const below = floors[row - 1];
  return below === undefined ? "errors" : below.map((folder) => `src/${folder}/`).join(" or ");
}
