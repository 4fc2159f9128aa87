/** `apus openapi`: the OpenAPI document of an app, without starting it. */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { CommandInput } from "./command.ts";
import { findAppFile, showPath } from "./find-app-file.ts";
import { pretendToListen } from "./listen-calls.ts";
import { loadApp, loadEnvironment } from "./load-app.ts";
import { withOutputAside, writeOutput } from "./standard-output.ts";

export async function printOpenapi({ path, texts }: CommandInput): Promise<number> {
  const document = await withOutputAside(async () => {
    loadEnvironment();
    const app = await loadApp(findAppFile(path), pretendToListen());
    return app.openapi();
  });
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  const out = texts.get("out");
  if (out === undefined) return writeOutput(text);
  const target = resolve(out);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
  process.stderr.write(`Wrote ${showPath(target)}\n`);
  return 0;
}
