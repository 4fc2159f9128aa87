/** Reads the form of a request: urlencoded or multipart, its texts checked before the bytes of a file are received. */

import { HttpError, ValidationError } from "../errors/http-error.ts";
import type { Issue } from "../errors/problem.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { fieldIssue, tooFewFiles } from "../multipart/form-refusal.ts";
import { FormReceiver, type FormContent } from "../multipart/receive-form.ts";
import { PartReader, readBoundary } from "../multipart/part-reader.ts";
import { parseJson } from "../parameters/parse-json.ts";
import { formTypes, multipartMediaType, readContentType, readFields, readSharedBody } from "../parameters/read-body.ts";
import { decodePointerSegment } from "../schema/walk-json-schema.ts";
import type { FormStep } from "./compile-form.ts";
import type { RequestContext } from "./request-context.ts";

/**
 * What each of the form's parts has made of it, and the context's `files`; with issues added when they do not fit.
 * @throws HttpError 400, 413, 415; ValidationError when a file is not worth receiving, because of what is known already
 */
export function readForm(step: FormStep, context: RequestContext, issues: Issue[]): Promise<readonly unknown[]> {
  const { parts, plan } = step;
  if (parts.length === 0 || plan.uploads.size > 0 || isMultipart(context.request)) {
    return readMultipart(step, context, issues);
  }
  return readSharedBody({ parts, limit: plan.limits.total }, context.request, issues);
}

function isMultipart(request: HttpRequest): boolean {
  return request.headers.get("content-type")?.slice(0, multipartMediaType.length).toLowerCase() === multipartMediaType;
}

async function readMultipart(step: FormStep, context: RequestContext, issues: Issue[]): Promise<readonly unknown[]> {
  const { request } = context;
  const checks = new FormChecks(step, issues);
  if (request.body.length === 0) return readChecked(context, checks, nothing);
  const isForFiles = step.plan.uploads.size > 0;
  const type = readContentType(request, isForFiles ? fileTypes : formTypes);
  const reader = new PartReader(request.body, readBoundary(type.parameters.get("boundary")), step.plan.limits);
  const receiver = new FormReceiver(reader, step.plan);
  if (isForFiles) context.onFinished(() => receiver.end());
  const beforeFile = async (content: FormContent): Promise<void> => {
    await checks.beforeFile(content);
    // Nobody waits for the file any more: it is not begun.
    context.signal.throwIfAborted();
  };
  return readChecked(context, checks, await receiver.receive(beforeFile));
}

const fileTypes: readonly string[] = [multipartMediaType];
const nothing: FormContent = { texts: [], json: [], files: new Map(), streamed: undefined };

async function readChecked(
  context: RequestContext,
  checks: FormChecks,
  content: FormContent,
): Promise<readonly unknown[]> {
  const values = await checks.finish(content);
  if (checks.hasFiles) context.files = checks.readFiles(content);
  return values;
}

/** A form is looked at again before a file so many times at most. */
const maxEarlyChecks = 16;

/** Codes of rules that may look at several fields: before the whole form is there, they may be wrong. */
const jointRules: ReadonlySet<string> = new Set([
  "custom",
  "check",
  "partial_check",
  "raw_check",
  "predicate",
  "invalid",
]);

interface CheckedFields {
  readonly count: number;
  readonly values: readonly unknown[];
  readonly issues: readonly Issue[];
}

/** What is wrong with one form, found as early as it can be. */
class FormChecks {
  readonly #step: FormStep;
  readonly #issues: Issue[];
  #checked: CheckedFields | undefined;
  #left = maxEarlyChecks;

  constructor(step: FormStep, issues: Issue[]) {
    this.#step = step;
    this.#issues = issues;
  }

  get hasFiles(): boolean {
    return this.#step.plan.uploads.size > 0;
  }

  /** @throws ValidationError when the request will be refused whatever else comes */
  async beforeFile(content: FormContent): Promise<void> {
    const count = countFields(content);
    if (count > 0 && count !== this.#checked?.count && this.#left > 0) {
      this.#left -= 1;
      this.#checked = await this.#check(content, count);
    }
    const known = [...this.#issues, ...this.#listCertain(content)];
    if (known.length > 0) throw new ValidationError(known);
  }

  /** The values of the fields, once all have come. */
  async finish(content: FormContent): Promise<readonly unknown[]> {
    const count = countFields(content);
    const checked = this.#checked?.count === count ? this.#checked : await this.#check(content, count);
    this.#issues.push(...checked.issues);
    return checked.values;
  }

  /** Every declared file as handlers get it, with issues for those that are missing. */
  readFiles({ files, streamed }: FormContent): Readonly<Record<string, unknown>> {
    const values: Record<string, unknown> = {};
    for (const [name, { isList, minCount, streams }] of this.#step.plan.uploads) {
      const isTooFew = streams ? streamed === undefined && minCount > 0 : (files.get(name)?.length ?? 0) < minCount;
      if (isTooFew)
        this.#issues.push(isList ? tooFewFiles(name, minCount) : fieldIssue(name, "is required", "missing"));
      if (streams) values[name] = streamed?.value ?? (isList ? noFiles : undefined);
      else values[name] = isList ? (files.get(name) ?? []) : files.get(name)?.[0];
    }
    return values;
  }

  async #check(content: FormContent, count: number): Promise<CheckedFields> {
    const { parts } = this.#step;
    if (parts.length === 0) return { count, values: [], issues: [] };
    const issues: Issue[] = [];
    const values = await readFields(parts, this.#splitFields(content, issues), issues);
    return { count, values, issues };
  }

  #splitFields({ texts, json }: FormContent, issues: Issue[]): Parameters<typeof readFields>[1] {
    const { jsonFields, listFields } = this.#step;
    const lists = new Map<string, unknown[]>();
    const sentAsText = new Set<string>();
    const add = (name: string, value: unknown): void => {
      const list = lists.get(name);
      if (list === undefined) lists.set(name, [value]);
      else list.push(value);
    };
    for (const [name, bytes] of json) if (!unsafeNames.has(name)) add(name, parseField(name, bytes));
    for (const [name, text] of texts) {
      if (jsonFields.has(name) && text !== "") add(name, parseField(name, Buffer.from(text)));
      else sentAsText.add(name);
    }
    const values = new Map<string, unknown>();
    for (const [name, list] of lists) {
      const isSpread = listFields.has(name) && (list.length > 1 || !Array.isArray(list[0]));
      values.set(name, isSpread ? list : list[0]);
      if ((list.length > 1 && !listFields.has(name)) || sentAsText.has(name)) {
        issues.push(fieldIssue(name, "was sent more than once, expected once", "repeated"));
      }
    }
    return { texts: texts.filter(([name]) => !jsonFields.has(name)), values };
  }

  /** Issues of fields that have come, and that nothing which may still come can mend. */
  #listCertain({ texts, json }: FormContent): readonly Issue[] {
    const { issues = [] } = this.#checked ?? {};
    if (issues.length === 0) return [];
    const sent = new Set([...texts, ...json].map(([name]) => name));
    const isWhole = this.#step.declared?.every((name) => sent.has(name)) === true;
    return issues.filter(({ pointer, code }) => {
      const [, field] = pointer.split("/", 2);
      return isWhole || (field !== undefined && sent.has(decodePointerSegment(field)) && !jointRules.has(code));
    });
  }
}

/** Names that would reach into prototypes if somebody merged the value into another object. */
const unsafeNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

const noFiles: AsyncIterable<never> = { async *[Symbol.asyncIterator]() {} };

function countFields({ texts, json }: FormContent): number {
  return texts.length + json.length;
}

/** @throws HttpError 400 that names the field */
function parseField(field: string, bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const { pointer } = fieldIssue(field, "", "");
    const detail = error.problem.detail?.replace("The body", "A JSON field of the form");
    throw new HttpError(error.status, {
      ...error.problem,
      ...(detail !== undefined && { detail }),
      in: "form",
      pointer,
    });
  }
}
