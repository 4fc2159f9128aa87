/** Installs the locked peers when they are missing or out of date: only whoever runs this benchmark has them. */

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const lockPath = `${folder}package-lock.json`;
const installedPath = `${folder}node_modules/.package-lock.json`;

/** @throws Error when npm could not install them. */
export function installPeers(): void {
  if (existsSync(installedPath) && statSync(installedPath).mtimeMs >= statSync(lockPath).mtimeMs) return;
  console.error("Installing the peers …");
  const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = process.env["npm_execpath"];
  const [program, first] = npm !== undefined && /\.c?js$/.test(npm) ? [process.execPath, [npm]] : ["npm", []];
  const { status, error } = spawnSync(program, [...first, ...words], { cwd: folder, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`npm ci in bench/http failed${error === undefined ? "" : `: ${error.message}`}`);
}
