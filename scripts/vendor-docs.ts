/** Fetches the built assets of Swagger UI and ReDoc, at the versions named here, and stores them in `assets/docs/`. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

/** A piece of text that must be there exactly once, what stands in its place, and why. */
interface Change {
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

interface VendoredFile {
  /** Path inside the package. */
  readonly from: string;
  /** Name in `assets/docs/`; one that ends in `.br` is stored compressed. */
  readonly to: string;
  readonly changes?: readonly Change[];
}

interface VendoredPackage {
  readonly name: string;
  readonly version: string;
  readonly files: readonly VendoredFile[];
}

/** `sha256`: of each file as its authors published it, hexadecimal; `changes`: what was changed after that. */
interface StoredPackage {
  readonly version: string;
  readonly sha256: Record<string, string>;
  readonly changes: readonly string[];
}

/** The content of `assets/docs/versions.json`, by package name. */
type Versions = Record<string, StoredPackage>;

/** A word in place of the maker's logo, which ReDoc loads from a CDN. */
function drawWord(word: string, width: number): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="14"><text y="11" font-family="sans-serif" font-size="12" font-weight="bold" fill="#2467f2">${word}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const redocChanges: readonly Change[] = [
  {
    from: "https://cdn.redoc.ly/redoc/logo-mini-full.svg",
    to: drawWord("Redocly", 50),
    why: "The wide logo of the attribution is a word: it came from a CDN.",
  },
  {
    from: "https://cdn.redoc.ly/redoc/logo-mini.svg",
    to: drawWord("R", 10),
    why: "The small logo of the attribution is a letter: it came from a CDN.",
  },
  {
    from: "d&&(0,V.jsx)(Mxe,{children:(0,V.jsx)(Sxe,{pageSlug:t||y})})",
    to: "!1",
    why: "No buttons that hand the document to somebody else's chat service.",
  },
  {
    from: "function ZDe(){if(typeof window>`u`||typeof Worker>`u`)return!1;",
    to: "function ZDe(){return!1;",
    why: "The search runs in the page: its worker would need eval and blob URLs in the content security policy.",
  },
];

const packages: readonly VendoredPackage[] = [
  {
    name: "swagger-ui-dist",
    version: "5.35.0",
    files: [
      { from: "swagger-ui-bundle.js", to: "swagger-ui-bundle.js.br" },
      { from: "swagger-ui.css", to: "swagger-ui.css.br" },
      { from: "oauth2-redirect.js", to: "oauth2-redirect.js" },
      { from: "favicon-32x32.png", to: "favicon-32x32.png" },
      { from: "LICENSE", to: "LICENSE-swagger-ui.txt" },
      { from: "NOTICE", to: "NOTICE-swagger-ui.txt" },
      { from: "swagger-ui-bundle.js.LICENSE.txt", to: "LICENSE-swagger-ui-dependencies.txt" },
    ],
  },
  {
    name: "redoc",
    version: "3.0.1",
    files: [
      { from: "bundles/redoc.standalone.js", to: "redoc.standalone.js.br", changes: redocChanges },
      { from: "LICENSE", to: "LICENSE-redoc.txt" },
    ],
  },
];

const run = promisify(execFile);
const compress = promisify(brotliCompress);
const target = fileURLToPath(new URL("../assets/docs/", import.meta.url));

function encodeBrotli(content: Uint8Array): Promise<Buffer> {
  return compress(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
}

/** Unpacks one published package into `folder`; `npm pack` runs none of its install scripts. */
async function unpack(vendored: VendoredPackage, folder: string): Promise<string> {
  const specifier = `${vendored.name}@${vendored.version}`;
  const packed = await run("npm", ["pack", "--json", "--ignore-scripts", specifier], { cwd: folder });
  const tarball = /"filename":\s*"([^"]+)"/.exec(packed.stdout)?.[1];
  if (tarball === undefined) throw new Error(`npm pack ${specifier} named no tarball`);
  await run("tar", ["-xzf", tarball], { cwd: folder });
  return join(folder, "package");
}

function applyChanges(content: Buffer, file: VendoredFile): Uint8Array {
  let text = content.toString("utf8");
  for (const { from, to, why } of file.changes ?? []) {
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`${file.from} holds ${parts.length - 1} × ${from}, not 1. ${why}`);
    text = parts.join(to);
  }
  return file.changes === undefined ? content : Buffer.from(text);
}

async function storePackage(vendored: VendoredPackage, known: Versions): Promise<StoredPackage> {
  const folder = await mkdtemp(join(tmpdir(), "vendor-docs-"));
  try {
    const source = await unpack(vendored, folder);
    const before = known[vendored.name];
    const sha256: Record<string, string> = {};
    for (const file of vendored.files) {
      const { from, to } = file;
      const content = await readFile(join(source, from));
      const sum = createHash("sha256").update(content).digest("hex");
      const expected = before?.version === vendored.version ? before.sha256[from] : undefined;
      if (expected !== undefined && expected !== sum) {
        throw new Error(`${vendored.name}@${vendored.version} ${from} is not the file that was stored before`);
      }
      sha256[from] = sum;
      const changed = applyChanges(content, file);
      await writeFile(join(target, to), to.endsWith(".br") ? await encodeBrotli(changed) : changed);
    }
    const changes = vendored.files.flatMap((file) => file.changes ?? []).map(({ why }) => why);
    return { version: vendored.version, sha256, changes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readVersions(): Promise<Versions> {
  try {
    return JSON.parse(await readFile(join(target, "versions.json"), "utf8")) as Versions;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

await mkdir(target, { recursive: true });
const known = await readVersions();
const versions: Versions = {};
for (const vendored of packages) {
  versions[vendored.name] = await storePackage(vendored, known);
  console.log(`stored ${vendored.name} ${vendored.version}`);
}
await writeFile(join(target, "versions.json"), `${JSON.stringify(versions, undefined, 2)}\n`);
