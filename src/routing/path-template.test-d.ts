/** Type tests of path templates: what a template gives, and what it refuses. */

import type { Converter } from "./converter.ts";
import { joinPath, type JoinPath, type PathParams, type UnknownConverter } from "./path-template.ts";

type Equal<A, B> = [A, B] extends [B, A] ? true : false;
type Check<T extends true> = T;

type Names<Template extends string> = keyof PathParams<Template>;

type Slug = string & { readonly slug: true };
interface Custom {
  slug: Converter<Slug>;
  day: { parse(text: string): Date | undefined; format(value: Date): string | undefined };
}

export type Cases = [
  Check<Equal<Names<"/">, never>>,
  Check<Equal<Names<"/items/">, never>>,
  Check<Equal<PathParams<"/items/{id}">, { readonly id: string }>>,
  Check<Equal<PathParams<"/items/{id:str}/">, { readonly id: string }>>,
  Check<Equal<PathParams<"/items/{id:int}">, { readonly id: number }>>,
  Check<
    Equal<
      PathParams<"/{a:int}/b/{c:float}/{d:uuid}/{e:path}">,
      { readonly a: number; readonly c: number; readonly d: string; readonly e: string }
    >
  >,
  Check<Equal<PathParams<"/v{version:int}/{name}.json">, { readonly version: number; readonly name: string }>>,
  Check<Equal<PathParams<"/{id:integer}">, { readonly id: UnknownConverter<"integer"> }>>,
  Check<
    Equal<PathParams<"/{s:slug}/{d:day}/{id:int}", Custom>, { readonly s: Slug; readonly d: Date; readonly id: number }>
  >,
  Check<Equal<PathParams<"/{s:slug}">, { readonly s: UnknownConverter<"slug"> }>>,
  Check<Equal<PathParams<string>, Readonly<Record<string, unknown>>>>,
  Check<Equal<JoinPath<"", "/">, "/">>,
  Check<Equal<JoinPath<"", "/y">, "/y">>,
  Check<Equal<JoinPath<"/x", "/">, "/x">>,
  Check<Equal<JoinPath<"/x", "/{id:int}">, "/x/{id:int}">>,
  Check<Equal<JoinPath<string, "/y">, string>>,
  Check<Equal<JoinPath<"/x", string>, string>>,
  Check<Equal<PathParams<JoinPath<"/u/{user}", "/{id:int}">>, { readonly user: string; readonly id: number }>>,
];

declare const path: PathParams<"/items/{id:int}/{name}">;

export const id: number = path.id;
export const joined: "/x/{id:int}" = joinPath("/x", "/{id:int}");

// @ts-expect-error an int parameter is a number
export const text: string = path.id;

// @ts-expect-error the template has no such parameter
export const other: unknown = path.other;

// @ts-expect-error an unknown converter gives nothing usable
export const unknown: string = ({} as PathParams<"/{id:integer}">).id;

// @ts-expect-error parameters are read-only
path.name = "x";
