/** Which handlers `staticFiles()` can be: of routes whose parameter is called `path`, and of those without one. */

import { file } from "./file-reply.ts";
import { staticFiles } from "./static-files.ts";

/** A route's handler, by what its template gives. */
type HandlerOf<Path> = (input: { readonly path: Path; readonly requestId: string }) => unknown;

const assets = staticFiles("public", { maxAge: 60, precompressed: ["br"] });

export const rest: HandlerOf<{ readonly path: string }> = assets;
export const folder: HandlerOf<Readonly<Record<never, never>>> = assets;
export const below: HandlerOf<{ readonly tenant: string; readonly path: string }> = assets;
// @ts-expect-error -- the parameter has another name
export const other: HandlerOf<{ readonly name: string }> = assets;
// @ts-expect-error -- a number is no path
export const numbered: HandlerOf<{ readonly path: number }> = assets;

// @ts-expect-error -- deflate has no ending of its own
staticFiles("public", { precompressed: ["deflate"] });
// @ts-expect-error -- no such option
staticFiles("public", { maxage: 1 });
// @ts-expect-error -- no such option
file("a.txt", { filename: "b.txt" });
