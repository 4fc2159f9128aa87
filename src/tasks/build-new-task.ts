/** From a task and its input to what a store is given: JSON, validated before anything is kept. */

import { randomUUID } from "node:crypto";
import { ApusError } from "../errors/apus-error.ts";
import { currentRequest } from "../http/current-request.ts";
import { encodeJson } from "../operation/encode-json.ts";
import type { Schema } from "../schema/schema.ts";
import type { CompiledTask } from "./compile-task.ts";
import type { EnqueueSettings } from "./enqueue-options.ts";
import { noInput, parseJson, type TaskContext } from "./task-record.ts";
import type { NewTask } from "./task-store.ts";

/** Characters of JSON; more belongs into a file or a row whose id is given. */
export const longestPayload = 1_048_576;

/** @throws ApusError APUS_TASK_INPUT */
export async function buildNewTask(
  { task, input: schema }: CompiledTask,
  input: unknown,
  settings: EnqueueSettings,
): Promise<NewTask> {
  const text = encodeInput(task.name, schema, input);
  if (schema !== undefined) await checkInput(task.name, schema, text);
  const { queue, retries, keep, keepDead, expires, keyOf } = task.settings;
  const { dueAt, unique, priority = task.settings.priority } = settings;
  return {
    id: randomUUID(),
    task: task.name,
    queue,
    input: text,
    context: readCurrentContext(),
    priority,
    dueAt,
    retries,
    unique,
    expiresAt: expires === undefined ? undefined : dueAt + expires,
    key: keyOf === undefined ? undefined : readKey(task.name, keyOf(parseJson(text) as never)),
    // What it is compared with must not be forgotten before the window ends.
    keep: Math.max(keep, unique?.window ?? 0),
    keepDead: Math.max(keepDead, unique?.window ?? 0),
    after: [],
    pass: undefined,
  };
}

function encodeInput(name: string, schema: Schema | undefined, input: unknown): string {
  if (schema === undefined && input !== undefined) {
    throw new ApusError(
      "APUS_TASK_INPUT",
      `The task "${name}" was given an input and declares none: add input: to its options.`,
    );
  }
  const text = input === undefined ? noInput : encode(name, input);
  if (text.length <= longestPayload) return text;
  const remedy = "keep the data elsewhere, and give the task their id";
  throw new ApusError(
    "APUS_TASK_INPUT",
    `The input of the task "${name}" has ${text.length} characters, and may have ${longestPayload}: ${remedy}.`,
  );
}

function encode(name: string, input: unknown): string {
  try {
    return encodeJson(input);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new ApusError("APUS_TASK_INPUT", `The input of the task "${name}" cannot be kept as JSON: ${why}.`, {
      cause,
    });
  }
}

/** What is validated is what will be read again: the value as JSON has made it. */
async function checkInput(name: string, schema: Schema, text: string): Promise<void> {
  const { issues } = await schema.validate(parseJson(text));
  if (issues === undefined) return;
  const shown = issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.length === 0 ? "the input" : path.join(".")}: ${message}`);
  const remedy = "what a task is given must fit as JSON has it";
  throw new ApusError(
    "APUS_TASK_INPUT",
    `The input of the task "${name}" does not fit its schema (${shown.join("; ")}): ${remedy}.`,
  );
}

function readKey(name: string, key: unknown): string {
  if (typeof key === "string") return key;
  throw new ApusError("APUS_TASK_INPUT", `key() of the task "${name}" gave a ${typeof key}; it must give a text.`);
}

function readCurrentContext(): string | undefined {
  const current = currentRequest.getStore();
  if (current === undefined) return undefined;
  const traceparent = current.request.headers.get("traceparent");
  const context: TaskContext = { requestId: current.requestId, ...(traceparent !== undefined && { traceparent }) };
  return JSON.stringify(context);
}
