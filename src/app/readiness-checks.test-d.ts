/** Types of readiness checks: dependencies whose values can be checked, and functions. */

import { dependency } from "../dependencies/dependency.ts";
import { httpClient } from "../fetcher/create-http-client.ts";
import { database } from "../sql/database.ts";
import { App } from "./app.ts";

const db = database<{ item: { id: number } }>({ url: "sqlite::memory:" });
const prices = httpClient({ baseUrl: "https://prices.example" });
const plain = dependency({ scope: "app" }, () => ({ open: true }));

export const app = new App({
  health: { checks: { db, prices, disk: async (signal) => signal.throwIfAborted() }, checkTimeout: 500 },
});

// @ts-expect-error -- its value has no check()
export const wrong = new App({ health: { checks: { plain } } });
