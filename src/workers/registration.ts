/** Registers functions by module and name, and refuses what a worker could not find again. */

import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions, longestTime } from "../errors/checked-options.ts";
import { findCaller } from "../errors/declared-at.ts";
import { currentRequest } from "../http/current-request.ts";
import { keyOf, workerHome, type RegisteredFunction } from "./inside-worker.ts";
import type { OffloadOptions, OffloadSettings } from "./offloaded.ts";
import { showUrl } from "./worker-messages.ts";

/** What `import.meta` has that is needed. */
export interface ModuleMeta {
  readonly url: string;
}

const priorities = ["low", "normal", "high"];
const registered: Map<string, RegisteredFunction> = workerHome?.functions ?? new Map();
const modules = new Set<string>();

/** A file whose exports are offloaded. */
export function registerFile(url: string): void {
  modules.add(url);
}

/** Every module that has functions for workers. */
export function registeredModules(): readonly string[] {
  return [...modules];
}

/** @throws ApusError APUS_BAD_OPTION for what a worker could not find by importing the module */
export function registerFunction(meta: ModuleMeta, name: string, given: RegisteredFunction): void {
  checkPlace(meta, name, given.run);
  const key = keyOf(meta.url, name);
  const known = registered.get(key);
  if (known !== undefined && known.run !== given.run) {
    const message = `offload() at ${findCaller()} registers a second function as ${JSON.stringify(name)} of ${showUrl(meta.url)}: give it another name. In a bundle, all modules are one.`;
    throw new ApusError("APUS_BAD_OPTION", message);
  }
  registered.set(key, given);
  modules.add(meta.url);
}

function checkPlace(meta: unknown, name: unknown, run: unknown): void {
  const refuse = (why: string): ApusError => {
    const remedy = 'write offload(import.meta, "name", function) at the top level of a module';
    return new ApusError("APUS_BAD_OPTION", `offload() at ${findCaller()} ${why}: ${remedy}.`);
  };
  if (typeof meta === "function") {
    throw refuse("was given only a function, and a worker cannot be sent what it captures");
  }
  const url = (meta as Partial<ModuleMeta> | null | undefined)?.url;
  if (typeof url !== "string" || !URL.canParse(url)) throw refuse("was not given the import.meta of its module");
  if (typeof name !== "string" || name === "") throw refuse("was given no name");
  if (typeof run !== "function") throw refuse("was given no function");
  if (currentRequest.getStore() === undefined) return;
  throw refuse("was called inside a request, and no worker would find the function");
}

/** @throws ApusError APUS_BAD_OPTION */
export function checkOffloadOptions(options: OffloadOptions): void {
  const names = ["timeout", "priority", "memoryMb", "process", "errors"] satisfies readonly (keyof OffloadOptions)[];
  const check = new CheckedOptions("offload", options, names);
  check.whole("timeout", 1, longestTime);
  check.whole("memoryMb", 8);
  check.kind("process", "boolean");
  check.oneOf("priority", priorities);
  const { errors = [] } = options;
  const isList = Array.isArray(errors) && errors.every((each) => typeof each === "function");
  if (!isList) check.refuse("errors", "a list of error classes");
}

/** @throws ApusError APUS_BAD_OPTION */
export function checkCallSettings(settings: OffloadSettings): void {
  const names = ["signal", "timeout", "priority", "transfer"] satisfies readonly (keyof OffloadSettings)[];
  const check = new CheckedOptions("with", settings, names);
  check.whole("timeout", 1, longestTime);
  check.oneOf("priority", priorities);
  const { signal, transfer } = settings;
  if (signal != null && !(signal instanceof AbortSignal)) check.refuse("signal", "an AbortSignal, or null for none");
  if (transfer !== undefined && !Array.isArray(transfer)) check.refuse("transfer", "a list of what is moved");
}
