/** Where the module lies that a serving process runs: in the sources as TypeScript, in the package as JavaScript. */

import { extname, join } from "node:path";

export const servedProcessPath: string = join(import.meta.dirname, `served-process${extname(import.meta.filename)}`);
