/** Installs the locked packages when they are missing or out of date, then runs the named script on Node 24 or newer. */

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// This file is the first thing that runs, on whatever Node the machine has: plain JavaScript that Node 18 understands.

const requiredMajor = 24;
const root = fileURLToPath(new URL("..", import.meta.url));
const lockPath = join(root, "package-lock.json");
const packagesPath = join(root, "node_modules");
const quiet = ["--no-audit", "--no-fund", "--ignore-scripts"];
const stampPath = join(packagesPath, ".apus-lock");

const node = installPackages() ? findNode() : undefined;
if (node !== undefined && process.argv[2] !== undefined) runScript(node, process.argv.slice(2));

/** Installs what the lock file names, unless it is on disk already; false when that failed. */
function installPackages() {
  const stamp = createHash("sha256").update(readFileSync(lockPath)).digest("hex");
  if (isInstalled(stamp)) return true;
  process.stderr.write("Installing packages …\n");
  let run = runNpm(["ci", ...quiet]);
  // npm ci refuses a lock file that was made where the binaries of other platforms could not be had; the lock file's
  // versions and checksums hold for npm install too, and --no-save leaves the file alone.
  if (run.status !== 0 && lacksOnlyForeign(run.stderr ?? "")) run = runNpm(["install", "--no-save", ...quiet]);
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout ?? ""}${run.stderr ?? ""}${run.error?.message ?? ""}\n`);
    return fail("The packages could not be installed; npm's output stands above.");
  }
  writeFileSync(stampPath, stamp);
  return true;
}

/** True when the stamp fits, or when npm itself installed the present lock file before there was a stamp. */
function isInstalled(stamp) {
  if (existsSync(stampPath)) return readFileSync(stampPath, "utf8") === stamp;
  const hiddenLockPath = join(packagesPath, ".package-lock.json");
  if (!existsSync(hiddenLockPath) || statSync(hiddenLockPath).mtimeMs < statSync(lockPath).mtimeMs) return false;
  writeFileSync(stampPath, stamp);
  return true;
}

/** True when npm ci's only complaint is about packages without a version: those that this registry does not have. */
function lacksOnlyForeign(complaint) {
  const lines = complaint.split("\n").filter((line) => /(?:Missing|Invalid): /.test(line));
  return lines.length > 0 && lines.every((line) => /Missing: \S+@ from lock file$/.test(line.trimEnd()));
}

/** npm as it was started, or the one on the path; its output is kept back. */
function runNpm(words) {
  const options = { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 };
  const npm = process.env.npm_execpath;
  return npm !== undefined && /\.c?js$/.test(npm)
    ? spawnSync(process.execPath, [npm, ...words], options)
    : spawnSync("npm", words, { ...options, shell: process.platform === "win32" });
}

/** This Node when it is new enough, else the one that came with the packages. */
function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= requiredMajor) return process.execPath;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = process.platform === "win32" ? "node.exe" : "node";
  const found = ["node", `node-${platform}-${process.arch}`]
    .map((folder) => join(packagesPath, folder, "bin", name))
    .find((path) => existsSync(path) && readMajor(path) >= requiredMajor);
  if (found !== undefined) return found;
  fail(
    `Apus needs Node ${requiredMajor} or newer; this is ${process.version}, and node_modules has no newer one that runs here.\n` +
      `Get one for this checkout with: npm install --no-save node@${requiredMajor}`,
  );
  return undefined;
}

function readMajor(path) {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  return Number.parseInt((stdout ?? "").slice(1), 10);
}

/** Becomes the script: same streams, same signals, same exit code; programs it starts find the same Node. */
function runScript(path, words) {
  const env = { ...process.env, PATH: dirname(path) + delimiter + (process.env.PATH ?? "") };
  const child = spawn(path, words, { cwd: root, env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // The terminal sends an interrupt to the whole group, so the child has it already.
      if (signal !== "SIGINT" || process.stdin.isTTY !== true) child.kill(signal);
    });
  }
  child.on("error", (error) => fail(error.message));
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
  return false;
}
