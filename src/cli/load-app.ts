/** Loads the module of an app and picks the app among its exports. */

import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { App } from "../app/app.ts";
import { CommandError } from "./command-error.ts";
import { showPath } from "./find-app-file.ts";
import type { ListenCalls } from "./listen-calls.ts";

/** Reads `.env` of the working directory, if there is one; variables that are set already win. Then NODE_ENV. */
export function loadEnvironment(mode?: "development" | "production"): void {
  if (existsSync(".env")) process.loadEnvFile(".env");
  if (mode !== undefined) process.env["NODE_ENV"] ||= mode;
}

/** @throws CommandError when the module cannot be loaded, or does not say which app is meant. */
export async function loadApp(path: string, calls: ListenCalls): Promise<App> {
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${showPath(path)} could not be loaded:`, { cause: error });
  }
  return chooseApp(exported, { place: showPath(path), listening: calls.apps });
}

/** The default export, then `app`, then the only app, then the only one that the module has called `listen()` on. */
export function chooseApp(
  exported: Readonly<Record<string, unknown>>,
  { place, listening }: { readonly place: string; readonly listening: readonly App[] },
): App {
  const { default: main, app } = exported;
  if (main instanceof App) return main;
  if (app instanceof App) return app;
  const named = Object.entries(exported).filter((entry): entry is [string, App] => entry[1] instanceof App);
  const different = new Set(named.map(([, value]) => value));
  const [only, second] = different.size > 0 ? [...different] : listening;
  if (only !== undefined && second === undefined) return only;
  if (only === undefined) throw new CommandError(describeMissing(exported, place));
  const names =
    named.length > 0 ? `exports several apps (${named.map(([name]) => name).join(", ")})` : "has several apps";
  throw new CommandError(`${place} ${names}: export the one to serve as "app", or as the default export.`);
}

function describeMissing(exported: Readonly<Record<string, unknown>>, place: string): string {
  const foreign = Object.entries(exported).find(([, value]) => isForeignApp(value));
  if (foreign !== undefined) {
    return `The app that ${place} exports as "${foreign[0]}" was made by another copy of Apus than this command's: run the one of its own project (npx apus).`;
  }
  const names = Object.keys(exported);
  const what = names.length === 0 ? "it exports nothing" : `it exports ${names.join(", ")}`;
  return `${place} exports no app (${what}). Write: export const app = new App()`;
}

/** Not an instance of this App class, but of one that looks like it. */
function isForeignApp(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value.constructor?.name !== "App") return false;
  return "listen" in value && "openapi" in value && "lifespan" in value;
}
