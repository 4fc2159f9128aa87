/** A process that writes until it is killed: each transaction moves one unit from one row to another, and says so. */

import { openDatabase } from "apus/sql";
import type { Tables } from "./sql-dialects.ts";

const opened = await openDatabase<Tables>({ url: process.argv[2] ?? "" });
for (;;) {
  await opened.transaction(async (own) => {
    await own
      .updateTable("item")
      .set((build) => ({ amount: build("amount", "-", 1) }))
      .where("id", "=", 1)
      .execute();
    await own
      .updateTable("item")
      .set((build) => ({ amount: build("amount", "+", 1) }))
      .where("id", "=", 2)
      .execute();
  });
  process.send?.("moved");
}
