/** Path templates: `/items/{id:int}` as text, as data, as a type, and filled in again as a path. */

import { ApusError } from "../errors/apus-error.ts";
import type { BuiltinConverterTypes, Converter } from "./converter.ts";

/** One `{name:converter}` of a template. */
export interface TemplateParameter {
  readonly name: string;
  readonly converter: Converter;
  readonly converterName: string;
}

/** What stands between two "/": a literal is all `prefix`, a parameter may have literal text on both sides. */
export interface PathSegment {
  readonly prefix: string;
  readonly parameter: TemplateParameter | undefined;
  readonly suffix: string;
}

/** A template that has been read. */
export interface PathTemplate {
  /** The text as it was declared. */
  readonly source: string;
  /** One per "/"; the last is an empty literal when the template ends in "/". */
  readonly segments: readonly PathSegment[];
  /** In the order of the path. */
  readonly parameters: readonly TemplateParameter[];
  /** The template as OpenAPI writes it: `/items/{id}`. */
  readonly openapi: string;
  /** The template without the names, `/items/{int}`: equal shapes fit equal paths. */
  readonly shape: string;
}

/** Stands as the type of a parameter whose converter nobody registered. */
export interface UnknownConverter<Name extends string> {
  readonly "no such converter": Name;
}

type Declared<Template extends string, Found = never> = Template extends `${string}{${infer Parameter}}${infer Rest}`
  ? Declared<Rest, Found | Parameter>
  : Found;

type NameOf<Parameter> = Parameter extends `${infer Name}:${string}` ? Name : Parameter;

type ValueOf<Parameter, Converters> = Parameter extends `${string}:${infer Name}`
  ? Name extends keyof Converters
    ? Converters[Name] extends { parse(text: string): infer Value }
      ? Exclude<Value, undefined>
      : never
    : Name extends keyof BuiltinConverterTypes
      ? BuiltinConverterTypes[Name]
      : UnknownConverter<Name>
  : string;

/** The values that a template gives, by name; `Converters` are those registered beside the built-in ones. */
export type PathParams<Template extends string, Converters = object> = string extends Template
  ? Readonly<Record<string, unknown>>
  : { readonly [Parameter in Declared<Template> & string as NameOf<Parameter>]: ValueOf<Parameter, Converters> };

/** The type of `joinPath`. */
export type JoinPath<Prefix extends string, Path extends string> = string extends Prefix | Path
  ? string
  : Path extends "/"
    ? Prefix extends ""
      ? "/"
      : Prefix
    : `${Prefix}${Path}`;

const nameForm = /^[A-Za-z_][A-Za-z0-9_]*$/;
const reservedNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
const forbiddenInLiterals = "?#%*{}";

function refuse(template: string, offset: number, problem: string): never {
  throw new ApusError("APUS_BAD_TEMPLATE", `${JSON.stringify(template)}, character ${offset + 1}: ${problem}`);
}

/**
 * Reads a template such as `/items/{id:int}`.
 * @throws ApusError APUS_BAD_TEMPLATE or APUS_UNKNOWN_CONVERTER, with the place in the template.
 */
export function parsePathTemplate(template: string, converters: ReadonlyMap<string, Converter>): PathTemplate {
  if (!template.startsWith("/")) refuse(template, 0, 'a path begins with "/"');
  const texts = template.slice(1).split("/");
  const segments: PathSegment[] = [];
  const parameters: TemplateParameter[] = [];
  const names = new Set<string>();
  let offset = 1;
  for (const [index, text] of texts.entries()) {
    const last = index === texts.length - 1;
    if (text === "" && !last) refuse(template, offset, 'nothing stands between two "/"; remove one of them');
    const segment = parseSegment({ template, offset, text }, converters);
    const { parameter } = segment;
    if (parameter !== undefined) {
      const nameAt = offset + segment.prefix.length + 1;
      if (names.has(parameter.name)) refuse(template, nameAt, `the name "${parameter.name}" is taken; choose another`);
      if (parameter.converterName === "path" && (!last || segment.prefix !== "" || segment.suffix !== "")) {
        refuse(template, nameAt, "a path parameter takes the rest of the path, so it must be the whole last segment");
      }
      names.add(parameter.name);
      parameters.push(parameter);
    }
    segments.push(segment);
    offset += text.length + 1;
  }
  return {
    source: template,
    segments,
    parameters,
    openapi: writeTemplate(segments, (parameter) => parameter.name),
    shape: writeTemplate(segments, (parameter) => parameter.converterName),
  };
}

/** Where a piece of a template stands, for the messages. */
interface Piece {
  readonly template: string;
  readonly offset: number;
  readonly text: string;
}

function parseSegment(piece: Piece, converters: ReadonlyMap<string, Converter>): PathSegment {
  const { template, offset, text } = piece;
  const open = text.indexOf("{");
  if (open === -1) {
    if (text === "." || text === "..") refuse(template, offset, `no client sends "${text}" as a segment; remove it`);
    return { prefix: parseLiteral(piece), parameter: undefined, suffix: "" };
  }
  const close = text.indexOf("}", open);
  if (close === -1) refuse(template, offset + open, 'this "{" is never closed; add "}" in the same segment');
  const second = text.indexOf("{", close);
  if (second !== -1) refuse(template, offset + second, 'a segment has at most one parameter; put a "/" between them');
  const prefix = parseLiteral({ template, offset, text: text.slice(0, open) });
  const parameter = parseParameter(
    { template, offset: offset + open + 1, text: text.slice(open + 1, close) },
    converters,
  );
  const suffix = parseLiteral({ template, offset: offset + close + 1, text: text.slice(close + 1) });
  return { prefix, parameter, suffix };
}

function parseLiteral({ template, offset, text }: Piece): string {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    if (!control && !forbiddenInLiterals.includes(text.charAt(index))) continue;
    const found = JSON.stringify(text.charAt(index));
    refuse(
      template,
      offset + index,
      `${found} cannot stand in a path; a literal is written decoded, a parameter as {name:converter}`,
    );
  }
  if (!text.isWellFormed()) refuse(template, offset, "half a surrogate pair cannot stand in a path");
  return text;
}

function parseParameter(
  { template, offset, text }: Piece,
  converters: ReadonlyMap<string, Converter>,
): TemplateParameter {
  const colon = text.indexOf(":");
  const name = colon === -1 ? text : text.slice(0, colon);
  const converterName = colon === -1 ? "str" : text.slice(colon + 1);
  if (!nameForm.test(name)) {
    refuse(
      template,
      offset,
      `${JSON.stringify(name)} is not a name; use letters, digits and "_", not beginning with a digit`,
    );
  }
  if (reservedNames.has(name)) refuse(template, offset, `the name "${name}" is reserved; choose another`);
  if (converterName === "")
    refuse(template, offset + colon, 'a converter is missing after ":"; name one or remove the ":"');
  const converter = converters.get(converterName);
  if (converter !== undefined) return { name, converter, converterName };
  const place = `${JSON.stringify(template)}, character ${offset + colon + 2}`;
  const known = [...converters.keys()].join(", ");
  const message = `${place}: there is no converter ${JSON.stringify(converterName)}; known are ${known}`;
  throw new ApusError("APUS_UNKNOWN_CONVERTER", message);
}

function writeTemplate(segments: readonly PathSegment[], label: (parameter: TemplateParameter) => string): string {
  let text = "";
  for (const { prefix, parameter, suffix } of segments) {
    text += parameter === undefined ? `/${prefix}` : `/${prefix}{${label(parameter)}}${suffix}`;
  }
  return text;
}

/**
 * Fills a template in: the percent-encoded path that gives these parameters back when it is matched.
 * @throws ApusError APUS_URL_PARAMETER when a parameter is missing, or no such path can carry it.
 */
export function buildPath(template: PathTemplate, parameters: Readonly<Record<string, unknown>>): string {
  let path = "";
  for (const { prefix, parameter, suffix } of template.segments) {
    path += `/${encodeURI(prefix)}`;
    if (parameter === undefined) continue;
    const text = formatParameter(template, parameter, parameters);
    const parts = parameter.converterName === "path" ? text.split("/") : [prefix + text + suffix];
    if (parts.some((part) => part === "" || part === "." || part === "..")) {
      refuseValue(template, parameter, 'gives an empty segment, "." or "..", which clients remove from a path');
    }
    const encoded =
      parameter.converterName === "path" ? parts.map(encodeURIComponent).join("/") : encodeURIComponent(text);
    path += encoded + encodeURI(suffix);
  }
  return path;
}

function formatParameter(
  template: PathTemplate,
  parameter: TemplateParameter,
  values: Readonly<Record<string, unknown>>,
): string {
  const { name, converter } = parameter;
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) refuseValue(template, parameter, "is missing");
  const text = converter.format(value);
  if (text === undefined || text === "" || !text.isWellFormed()) {
    refuseValue(template, parameter, `must be ${converter.expected}`);
  }
  return text;
}

function refuseValue(template: PathTemplate, parameter: TemplateParameter, problem: string): never {
  throw new ApusError("APUS_URL_PARAMETER", `the parameter "${parameter.name}" of ${template.source} ${problem}`);
}

/**
 * Puts a prefix ("" or "/x") before a path ("/" or "/y"): "/x" and "/" give "/x".
 * @throws ApusError APUS_BAD_TEMPLATE when one of them has another form.
 */
export function joinPath<const Prefix extends string, const Path extends string>(
  prefix: Prefix,
  path: Path,
): JoinPath<Prefix, Path>;
export function joinPath(prefix: string, path: string): string {
  if (prefix !== "" && !prefix.startsWith("/")) refuse(prefix, 0, 'a prefix is empty or begins with "/"');
  if (prefix.endsWith("/")) refuse(prefix, prefix.length - 1, 'a prefix does not end in "/"; remove it');
  if (!path.startsWith("/")) refuse(path, 0, 'a path begins with "/"');
  if (path === "/") return prefix === "" ? "/" : prefix;
  return prefix + path;
}
