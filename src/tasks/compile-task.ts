/** Compiles a task when its queue starts: its schemas, and the dependencies of its runs. */

import {
  compileDependencies,
  type DependencyParts,
  type OperationDependencies,
} from "../dependencies/compile-dependencies.ts";
import { nameDependency } from "../dependencies/dependency.ts";
import { ApusError } from "../errors/apus-error.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { Schema } from "../schema/schema.ts";
import type { AnyTask } from "./task.ts";

export interface CompiledTask {
  readonly task: AnyTask;
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
  readonly dependencies: OperationDependencies | undefined;
}

/** @throws ApusError for schemas and dependencies that cannot be used, naming the task */
export async function compileTask(task: AnyTask, parts: DependencyParts): Promise<CompiledTask> {
  const { input, output } = task.options;
  return {
    task,
    input: await compileNamed(task, "input", input),
    output: await compileNamed(task, "output", output),
    dependencies: await compileUses(task, parts),
  };
}

async function compileNamed(task: AnyTask, place: string, source: unknown): Promise<Schema | undefined> {
  if (source === undefined) return undefined;
  try {
    return await compileSchema(source);
  } catch (error) {
    if (!(error instanceof ApusError)) throw error;
    const where = `The ${place} schema of the task "${task.name}" at ${task.declaredAt}`;
    throw new ApusError(error.code, `${where} cannot be used: ${error.reason}`, { cause: error });
  }
}

const requestPlaces = ["path", "query", "headers", "cookies", "body", "form", "security"] as const;

async function compileUses(task: AnyTask, parts: DependencyParts): Promise<OperationDependencies | undefined> {
  const named = task.options.use;
  if (named === undefined) return undefined;
  const where = `The task "${task.name}" at ${task.declaredAt}`;
  const dependencies = await compileDependencies({ named, unnamed: [], where, pathNames: [] }, parts).catch(
    // What needs a path parameter is told below, in words that fit a task.
    (error: unknown) => refuseRequestParts(where, error),
  );
  for (const { dependency, isReplaced } of dependencies.declared.steps) {
    const place = requestPlaces.find((name) => dependency.options[name] !== undefined);
    if (place === undefined || isReplaced) continue;
    const remedy = "read it in the handler that enqueues the task, and give it to the task in its input";
    const message = `${where} uses ${nameDependency(dependency)}, which reads "${place}" of a request, and a task has none: ${remedy}.`;
    throw new ApusError("APUS_DEPENDENCY_SCOPE", message);
  }
  return dependencies;
}

function refuseRequestParts(where: string, error: unknown): never {
  if (!(error instanceof ApusError) || error.code !== "APUS_PARAMETER_MISMATCH") throw error;
  const remedy = "give it to the task in its input";
  const message = `${where} uses a dependency that reads the path of a request, and a task has none: ${remedy}.`;
  throw new ApusError("APUS_DEPENDENCY_SCOPE", message, { cause: error });
}
