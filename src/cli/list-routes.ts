/** `apus routes`: the routes of an app as a table or as JSON. */

import { styleText } from "node:util";
import type { RouteDescription } from "../app/describe-routes.ts";
import type { CommandInput } from "./command.ts";
import { findAppFile, showPath } from "./find-app-file.ts";
import { pretendToListen } from "./listen-calls.ts";
import { loadApp, loadEnvironment } from "./load-app.ts";
import { withOutputAside, writeOutput } from "./standard-output.ts";

export async function listRoutes({ path, switches }: CommandInput): Promise<number> {
  const routes = await withOutputAside(async () => {
    loadEnvironment();
    const app = await loadApp(findAppFile(path), pretendToListen());
    return app.routes();
  });
  return writeOutput(switches.has("json") ? `${JSON.stringify(routes, undefined, 2)}\n` : describeTable(routes));
}

/** Columns as wide as their widest cell; hidden routes have no operationId and stand with their handler's name. */
function describeTable(routes: readonly RouteDescription[]): string {
  if (routes.length === 0) return "The app has no routes of its own.\n";
  const head = ["METHOD", "PATH", "OPERATION", "TAGS", "DECLARED AT"];
  const rows = routes.map(({ method, path, operationId, handler, tags, declaredAt }) => [
    method,
    path,
    operationId ?? (handler === "" ? "-" : handler),
    tags.join(", "),
    showPlace(declaredAt),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)));
  const lines = [head, ...rows].map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  const [first = "", ...rest] = lines.map((line) => line.trimEnd());
  return [styleText("bold", first), ...rest, ""].join("\n");
}

/** `file:line`, the file as people read it. */
function showPlace(declaredAt: string): string {
  const at = declaredAt.lastIndexOf(":");
  return at === -1 ? declaredAt : `${showPath(declaredAt.slice(0, at))}${declaredAt.slice(at)}`;
}
