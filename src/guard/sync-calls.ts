/** The synchronous calls of Node.js that hold the event loop, and what to call in their place. */

export interface SyncCall {
  readonly name: string;
  /** The rest of a sentence that begins with the place: "await readFile() of node:fs/promises". */
  readonly advice: string;
  /** Whether every such call inside a request is told; otherwise only one that took long. */
  readonly isAlwaysTold: boolean;
}

const promised = [
  "access",
  "appendFile",
  "chmod",
  "chown",
  "copyFile",
  "cp",
  "link",
  "lstat",
  "mkdir",
  "mkdtemp",
  "open",
  "readdir",
  "readFile",
  "readlink",
  "realpath",
  "rename",
  "rm",
  "rmdir",
  "stat",
  "symlink",
  "truncate",
  "unlink",
  "utimes",
  "writeFile",
];
const spawned = ["exec", "execFile", "spawn"];
const derived = ["pbkdf2", "scrypt", "argon2", "generateKeyPair", "generateKey", "generatePrime", "checkPrime"];
const packed = [
  "brotliCompress",
  "brotliDecompress",
  "deflate",
  "deflateRaw",
  "gunzip",
  "gzip",
  "inflate",
  "inflateRaw",
  "unzip",
  "zstdCompress",
  "zstdDecompress",
];

function buildCalls(names: readonly string[], buildAdvice: (name: string) => string): readonly SyncCall[] {
  return names.map((name) => ({ name: `${name}Sync`, advice: buildAdvice(name), isAlwaysTold: true }));
}

/** By the built-in module that has them. */
export const syncCalls: Readonly<Record<"fs" | "child_process" | "crypto" | "zlib", readonly SyncCall[]>> = {
  fs: [
    ...buildCalls(promised, (name) => `await ${name}() of node:fs/promises`),
    { name: "existsSync", advice: "await access() of node:fs/promises", isAlwaysTold: true },
  ],
  child_process: buildCalls(spawned, (name) => `use ${name}() of node:child_process, which does not wait`),
  crypto: buildCalls(derived, (name) => `use ${name}() of node:crypto, which computes on another thread`),
  zlib: buildCalls(packed, (name) => `use ${name}() of node:zlib, which computes on another thread`),
};

/** Calls of JavaScript itself that cannot be interrupted, and so have to be measured. */
export const nativeCalls: readonly SyncCall[] = ["parse", "stringify"].map((name) => ({
  name: `JSON.${name}`,
  advice: "move it into offload()",
  isAlwaysTold: false,
}));

const byName = new Map(Object.values(syncCalls).flatMap((calls) => calls.map((call) => [call.name, call] as const)));

/** The call that a function of Node.js with this name is. */
export function findSyncCall(name: string): SyncCall | undefined {
  return byName.get(name);
}
