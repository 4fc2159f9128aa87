/** The package that speaks HTTP, loaded when an app that calls others starts. */

import type * as toughCookie from "tough-cookie";
import type * as undici from "undici";
import { ApusError } from "../errors/apus-error.ts";

export type UndiciPackage = typeof undici;

/** @throws ApusError APUS_MISSING_PACKAGE */
export async function loadUndici(): Promise<UndiciPackage> {
  return load(() => import("undici"), { feature: "httpClient()", name: "undici", range: "8" });
}

export type CookiePackage = typeof toughCookie;

/** @throws ApusError APUS_MISSING_PACKAGE */
export async function loadToughCookie(): Promise<CookiePackage> {
  return load(() => import("tough-cookie"), { feature: "httpClient({ cookies })", name: "tough-cookie", range: "6" });
}

interface PackageWish {
  readonly feature: string;
  readonly name: string;
  readonly range: string;
}

async function load<Found>(begin: () => Promise<Found>, { feature, name, range }: PackageWish): Promise<Found> {
  try {
    return await begin();
  } catch (cause) {
    const message = `${feature} needs the package "${name}", version ${range}: install it (npm install ${name}@${range}).`;
    throw new ApusError("APUS_MISSING_PACKAGE", message, { cause });
  }
}
