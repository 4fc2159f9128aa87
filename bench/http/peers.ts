/** Who takes part: how each server is started, what it can be asked, and why one may be missing. */

import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a server can be measured with: "load" are the three main requests. */
export type Feature =
  | "load"
  | "waits"
  | "lists"
  | "routes"
  | "transfers"
  | "files"
  | "sockets"
  | "events"
  | "slow-clients"
  | "work"
  | "dependencies"
  | "sql";

export interface Peer {
  /** What `--servers` calls it. */
  readonly id: string;
  readonly title: string;
  /** Whether it must refuse inputs that do not fit. */
  readonly validates: boolean;
  readonly features: readonly Feature[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Why it cannot run here. */
  readonly missing?: string | undefined;
}

const folder = fileURLToPath(new URL(".", import.meta.url));
const server = (name: string): string => `${folder}servers/${name}`;
const all: readonly Feature[] = ["load", "waits", "lists", "routes", "transfers"];
const withAbuse: readonly Feature[] = [
  ...all,
  "files",
  "sockets",
  "events",
  "slow-clients",
  "work",
  "dependencies",
  "sql",
];

function readVersion(path: string): string {
  try {
    return (JSON.parse(readFileSync(`${folder}${path}/package.json`, "utf8")) as { readonly version: string }).version;
  } catch {
    return "not installed";
  }
}

/** Of a package that only the benchmark has. */
export const peerVersion = (name: string): string => readVersion(`node_modules/${name}`);

type NodePeer = Pick<Peer, "id" | "title" | "validates" | "features"> & {
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly missing?: string | undefined;
};

function onNode({ id, title, validates, features, file = `${id}.ts`, env = {}, missing }: NodePeer): Peer {
  return { id, title, validates, features, command: [process.execPath, server(file)], env, missing };
}

/** Why dist/ cannot stand for src/. */
function judgeBuild(): string | undefined {
  const built = statSync(`${folder}../../dist/index.js`, { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined) return "dist/ is not built (npm run build)";
  const sources = globSync("src/**/*.ts", { cwd: `${folder}../..` });
  const isOld = sources.some((path) => statSync(`${folder}../../${path}`).mtimeMs > built);
  return isOld ? "dist/ is older than src/ (npm run build)" : undefined;
}

/** Elysia runs on Bun, whose npm package brings the program without an install script. */
function describeElysia(): Peer {
  const platform = process.arch === "arm64" ? "bun-linux-aarch64" : "bun-linux-x64";
  const bun = `${folder}node_modules/@oven/${platform}/bin/bun`;
  return {
    id: "elysia",
    title: `Elysia ${peerVersion("elysia")} on Bun ${peerVersion(`@oven/${platform}`)}`,
    validates: true,
    features: [...all, "sockets"],
    command: [bun, server("elysia.ts")],
    env: {},
    missing: existsSync(bun) ? undefined : `the package @oven/${platform} is not installed`,
  };
}

/** FastAPI takes part where the system's Python has it. */
function describeFastapi(): Peer {
  const program = "import fastapi, uvicorn, uvloop, httptools; print(fastapi.__version__, uvicorn.__version__)";
  const { status, stdout } = spawnSync("python3", ["-c", program], { encoding: "utf8" });
  const [fastapi, uvicorn] = status === 0 ? stdout.trim().split(" ") : [];
  return {
    id: "fastapi",
    title: ["FastAPI", fastapi, "+ uvicorn", uvicorn, "(uvloop, httptools)"].filter(Boolean).join(" "),
    validates: true,
    features: [...all, "dependencies"],
    command: ["python3", server("serve-fastapi.py")],
    env: {},
    missing: status === 0 ? undefined : "python3 has no fastapi, uvicorn, uvloop and httptools",
  };
}

/** Everyone, in the order of the tables. */
export function listPeers(): readonly Peer[] {
  const apus = readVersion("../..");
  return [
    onNode({
      id: "apus-net",
      title: `Apus ${apus}, own engine`,
      file: "apus.ts",
      env: { ENGINE: "net" },
      validates: true,
      features: withAbuse,
    }),
    onNode({
      id: "apus-node",
      title: `Apus ${apus} on node:http`,
      file: "apus.ts",
      env: { ENGINE: "node" },
      validates: true,
      features: withAbuse,
    }),
    onNode({
      id: "apus-dist",
      title: `Apus ${apus}, built`,
      file: "apus.ts",
      env: { APUS_FROM: "dist", ENGINE: "net" },
      validates: true,
      // The same code runs once it has started: only the start differs.
      features: [],
      missing: judgeBuild(),
    }),
    onNode({ id: "fastify", title: `Fastify ${peerVersion("fastify")}`, validates: true, features: withAbuse }),
    onNode({ id: "hono", title: `Hono ${peerVersion("hono")} + Zod, on Node`, validates: true, features: all }),
    onNode({ id: "express", title: `Express ${peerVersion("express")} + Zod`, validates: true, features: all }),
    describeElysia(),
    describeFastapi(),
    onNode({
      id: "node-http",
      title: "bare node:http, nothing validated",
      validates: false,
      features: ["load", "waits", "transfers", "files", "sockets", "events"],
    }),
    onNode({
      id: "net-parser",
      title: "bare node:net with a crude parser",
      validates: false,
      features: ["load", "waits"],
    }),
    onNode({ id: "node-net", title: "bare node:net, not even reading", validates: false, features: ["load"] }),
  ];
}
