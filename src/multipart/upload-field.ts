/** What an operation declares of the files of its form: `files: { image: upload({ types: ["image/png"] }) }`. */

import { ApusError } from "../errors/apus-error.ts";
import { findCaller } from "../errors/declared-at.ts";
import { compileTypes, type AcceptedTypes } from "./accepted-types.ts";
import type { StreamedFile } from "./streamed-file.ts";
import type { UploadedFile } from "./uploaded-file.ts";

export interface UploadOptions {
  /** Largest size of a file in bytes; beyond it 413. Without it only the operation's `bodyLimit` limits it. */
  readonly maxBytes?: number;
  /** Media types such as "image/png" or "image/*", told by the first bytes; anything else is 415. */
  readonly types?: readonly string[];
  /** Gives the bytes as they arrive: the handler starts when the file does, and nothing may follow it in the form. */
  readonly stream?: boolean;
  /** For the documentation. */
  readonly description?: string;
}

export interface OneUploadOptions extends UploadOptions {
  /** Whether a form may come without it; false by default. */
  readonly optional?: boolean;
}

export interface ManyUploadsOptions extends UploadOptions {
  /** 0 by default. */
  readonly minCount?: number;
  /** 10 by default; beyond it 413. */
  readonly maxCount?: number;
}

/** A declared file, or several under one name. `Value` is what a handler gets, `Input` what the typed client sends. */
export interface UploadField<Value = unknown, Input = unknown> {
  readonly kind: "upload";
  readonly settings: UploadSettings;
  /** Only a type. */
  readonly "~types"?: { readonly value: Value; readonly input: Input };
}

/** A declaration with every default filled in. */
export interface UploadSettings {
  readonly isList: boolean;
  readonly streams: boolean;
  readonly minCount: number;
  readonly maxCount: number;
  readonly maxBytes: number | undefined;
  readonly types: readonly string[];
  readonly accepted: AcceptedTypes | undefined;
  readonly description: string | undefined;
}

/** The fields of `files`, by name. */
export type UploadFields = Readonly<Record<string, UploadField>>;

type OneValue<Options> = Options extends { readonly stream: true } ? StreamedFile : UploadedFile;
type OrNothing<Options> = Options extends { readonly optional: true } ? undefined : never;
type ManyValue<Options> = Options extends { readonly stream: true }
  ? AsyncIterable<StreamedFile>
  : readonly UploadedFile[];

/** What handlers get as `files`. */
export type UploadValues<Options> = Options extends { readonly files: infer Fields }
  ? {
      readonly files: {
        readonly [Name in keyof Fields]: Fields[Name] extends { readonly "~types"?: infer T }
          ? NonNullable<T> extends { readonly value: infer Value }
            ? Value
            : never
          : never;
      };
    }
  : unknown;

type InputOf<Field> = Field extends { readonly "~types"?: infer T }
  ? NonNullable<T> extends { readonly input: infer Input }
    ? Input
    : never
  : never;

/** What the typed client sends as `files`: what a form may come without is optional. */
export type UploadInputs<Fields> = {
  readonly [Name in keyof Fields as undefined extends InputOf<Fields[Name]> ? never : Name]: InputOf<Fields[Name]>;
} & {
  readonly [Name in keyof Fields as undefined extends InputOf<Fields[Name]> ? Name : never]?: InputOf<Fields[Name]>;
};

const defaultMaxCount = 10;

// oxlint-disable-next-line typescript/no-empty-object-type -- "nothing declared", as a type that adds no keys
type NoOptions = {};

/** Refuses option names that do not exist: a generic constraint alone would let a typing slip pass. */
type OnlyKnown<Options, Known> = { readonly [Key in Exclude<keyof Options, keyof Known>]: never };

/**
 * Declares one file.
 * @throws ApusError APUS_BAD_OPTION
 */
export function upload<const Options extends OneUploadOptions = NoOptions>(
  options?: Options & OnlyKnown<Options, OneUploadOptions>,
): UploadField<OneValue<Options> | OrNothing<Options>, Blob | OrNothing<Options>> {
  const { optional = false, ...rest } = readOptions(options, "upload", ["optional"]);
  return declareUpload("upload", rest, { isList: false, minCount: optional ? 0 : 1, maxCount: 1 });
}

/**
 * Declares any number of files under one name, `minCount` to `maxCount`.
 * @throws ApusError APUS_BAD_OPTION
 */
export function uploads<const Options extends ManyUploadsOptions = NoOptions>(
  options?: Options & OnlyKnown<Options, ManyUploadsOptions>,
): UploadField<
  ManyValue<Options>,
  readonly Blob[] | (Options extends { readonly minCount: number } ? never : undefined)
> {
  const {
    minCount = 0,
    maxCount = defaultMaxCount,
    ...rest
  } = readOptions(options, "uploads", ["minCount", "maxCount"]);
  const isCount = Number.isSafeInteger(minCount) && Number.isSafeInteger(maxCount);
  if (!isCount || minCount < 0 || maxCount < Math.max(1, minCount)) {
    throw refuse("uploads", "needs whole numbers with 0 <= minCount <= maxCount and maxCount >= 1");
  }
  return declareUpload("uploads", rest, { isList: true, minCount, maxCount });
}

/** Whether a value was made by `upload()` or `uploads()`. */
export function isUploadField(value: unknown): value is UploadField {
  return typeof value === "object" && value !== null && (value as Partial<UploadField>).kind === "upload";
}

type Counts = Pick<UploadSettings, "isList" | "minCount" | "maxCount">;

function declareUpload<Value, Input>(
  called: string,
  { maxBytes, types = [], stream = false, description }: UploadOptions,
  counts: Counts,
): UploadField<Value, Input> {
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes >= 0)) {
    throw refuse(called, `has the maxBytes ${String(maxBytes)}, which is no number of bytes`);
  }
  if (!Array.isArray(types)) throw refuse(called, "has types that are no list");
  const accepted = types.length === 0 ? undefined : compileTypes(types, `${called}() at ${findCaller()}`);
  const settings = { ...counts, streams: stream, maxBytes, types, accepted, description };
  return Object.freeze({ kind: "upload", settings: Object.freeze(settings) });
}

const commonOptions: readonly string[] = ["maxBytes", "types", "stream", "description"];

function readOptions(
  options: UploadOptions | undefined,
  called: string,
  own: readonly string[],
): OneUploadOptions & ManyUploadsOptions {
  const given: unknown = options ?? {};
  if (typeof given !== "object" || given === null) throw refuse(called, "was given options that are no object");
  const unknownName = Object.keys(given).find((name) => !commonOptions.includes(name) && !own.includes(name));
  if (unknownName !== undefined) throw refuse(called, `has the option "${unknownName}", which does not exist`);
  return given;
}

function refuse(called: string, why: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `${called}() at ${findCaller()} ${why}.`);
}
