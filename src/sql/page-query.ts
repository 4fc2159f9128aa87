/** The inputs of a page: how many items, and where the page before ended. */

import { dependency, type Dependency } from "../dependencies/dependency.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import type { StandardIssue, StandardResult, StandardSchema } from "../schema/standard-schema.ts";
import { longestCursor } from "./page-cursor.ts";

/** What a handler gives to `page()`. */
export interface PageInput {
  readonly size: number;
  readonly cursor: string | undefined;
}

export interface PageQueryOptions {
  /** How many items a page has when nobody says; 20 by default. */
  readonly defaultSize?: number;
  /** How many it has at most; 100 by default. */
  readonly maxSize?: number;
}

interface PageQueryInput {
  readonly size?: number | undefined;
  readonly cursor?: string | undefined;
}

type PageQuerySchema = StandardSchema<PageQueryInput, PageInput>;

/**
 * The query parameters `size` and `cursor` as a dependency; they are documented wherever it is used.
 * @throws ApusError APUS_BAD_OPTION
 */
export function pageQuery(
  options: PageQueryOptions = {},
): Dependency<PageInput, { readonly name: string; readonly query: PageQuerySchema }> {
  const { defaultSize = 20, maxSize = 100 } = options;
  const check = new CheckedOptions("pageQuery", options, ["defaultSize", "maxSize"]);
  check.whole("maxSize", 1);
  check.whole("defaultSize", 1, maxSize);
  const query = buildSchema(Math.min(defaultSize, maxSize), maxSize);
  return dependency({ name: "pageQuery", query }, (input): PageInput => input.query);
}

function buildSchema(defaultSize: number, maxSize: number): PageQuerySchema {
  const describe = (): Record<string, unknown> => ({
    type: "object",
    properties: {
      size: { type: "integer", minimum: 1, maximum: maxSize, default: defaultSize, description: "Items of a page." },
      cursor: {
        type: "string",
        minLength: 1,
        maxLength: longestCursor,
        description: "The `next` of the page before; left out for the first page.",
      },
    },
  });
  return {
    "~standard": {
      version: 1,
      vendor: "apus",
      validate: (value) => validate(value as Readonly<Record<string, unknown>>, { defaultSize, maxSize }),
      jsonSchema: { input: describe, output: describe },
    },
  };
}

function validate(
  { size, cursor }: Readonly<Record<string, unknown>>,
  { defaultSize, maxSize }: Required<PageQueryOptions>,
): StandardResult<PageInput> {
  const issues: StandardIssue[] = [];
  const isSize = size === undefined || (Number.isInteger(size) && Number(size) >= 1 && Number(size) <= maxSize);
  if (!isSize) issues.push({ path: ["size"], message: `must be a whole number from 1 to ${maxSize}` });
  const isCursor =
    cursor === undefined || (typeof cursor === "string" && cursor !== "" && cursor.length <= longestCursor);
  if (!isCursor) issues.push({ path: ["cursor"], message: "must be the `next` of a page" });
  if (issues.length > 0) return { issues };
  return { value: { size: size === undefined ? defaultSize : Number(size), cursor: cursor as string | undefined } };
}
