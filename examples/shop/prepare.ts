/** Makes the tables and the first account, before the shop is started in production. Run it with `node examples/shop/prepare.ts`. */

import { migrate, openDatabase } from "apus/sql";
import { addStaff } from "./accounts.ts";
import { migrations, options, type Tables } from "./database.ts";

/** Gives the names of the migrations that were missing. */
export async function prepare(): Promise<readonly string[]> {
  await using shop = await openDatabase<Tables>(options);
  const steps = await migrate(shop, { folder: migrations });
  await addStaff(shop);
  return steps.map(({ name }) => name);
}

if (import.meta.main) console.log(await prepare());
