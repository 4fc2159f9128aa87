/** The refusals of forms: problem documents that name the part, never its content. */

import { HttpError, ValidationError } from "../errors/http-error.ts";
import type { Issue } from "../errors/problem.ts";

/** What is wrong, in the `code` member of the problem document. */
export type FormErrorCode =
  | "form-boundary"
  | "form-syntax"
  | "form-encoding"
  | "part-header"
  | "too-many-parts"
  | "too-many-files"
  | "field-too-large"
  | "file-too-large"
  | "file-type";

export interface Refusal {
  readonly status: 400 | 413 | 415;
  readonly code: FormErrorCode;
  readonly detail: string;
  /** The declared field that it is about. */
  readonly field?: string | undefined;
  /** Further members of the problem document. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A refused form; `in` and `pointer` are there when a declared field is the reason. */
export function refuseForm({ status, code, detail, field, more }: Refusal): HttpError {
  const place = field === undefined ? {} : { in: "form", pointer: pointTo(field) };
  return new HttpError(status, { detail, code, ...place, ...more });
}

/** One thing wrong with a declared field. */
export function fieldIssue(field: string, message: string, code: string): Issue {
  return { in: "form", pointer: pointTo(field), message, code };
}

export function tooFewFiles(field: string, minCount: number): Issue {
  return fieldIssue(field, `must have at least ${minCount} files`, "too_small");
}

/** A form that is refused as soon as this is known, before more of it is received. */
export function refuseField(field: string, message: string, code: string): ValidationError {
  return new ValidationError([fieldIssue(field, message, code)]);
}

/** A JSON Pointer (RFC 6901) to a field of the form. */
function pointTo(field: string): string {
  return `/${field.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
