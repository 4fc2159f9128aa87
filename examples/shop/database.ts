/** The tables, and the two ways to them: one statement after the other, or all of a request in one transaction. */

import { mkdir } from "node:fs/promises";
import { CamelCasePlugin } from "kysely";
import { database, session } from "apus/sql";
import { settings } from "./settings.ts";

export type Role = "customer" | "staff";
export type OrderState = "placed" | "packed" | "sent" | "delivered" | "cancelled";

/** Moments are milliseconds since 1970, and money is cents: the same in both databases. */
export interface Tables {
  accounts: { name: string; role: Role; passwordHash: string };
  products: {
    sku: string;
    name: string;
    /** Name and number in small letters, for the search. */
    words: string;
    stock: number;
    /** The image's file, if there is one, and its type. */
    imageFile: string | null;
    imageType: string | null;
  };
  orders: { id: string; account: string; state: OrderState; version: number; placedAt: number };
  orderItems: { orderId: string; sku: string; count: number; cents: number };
  orderEvents: { orderId: string; version: number; state: OrderState; at: number };
}

export const migrations: URL = new URL("./migrations/", import.meta.url);

export const options = {
  async url(): Promise<string> {
    await mkdir(settings.shopFolder, { recursive: true });
    return settings.databaseUrl;
  },
  plugins: [new CamelCasePlugin()],
};

export const db = database<Tables>({ ...options, migrations });

/** Everything that a request changes happens, or nothing of it. */
export const work = session(db);
