/** What the tests of the shop share: its environment, its prices, its customers. */

import { stubUpstream, type StubUpstream } from "apus/testing";
import type * as accounts from "./accounts.ts";
import type * as app from "./app.ts";
import type * as images from "./images.ts";
import type * as orderEvents from "./order-events.ts";
import type * as orders from "./orders.ts";
import type * as products from "./products.ts";
import type * as stocktaking from "./stocktaking.ts";

export type Api = typeof accounts &
  typeof app &
  typeof images &
  typeof orderEvents &
  typeof orders &
  typeof products &
  typeof stocktaking;

export interface Headers {
  readonly extraHeaders: Readonly<Record<string, string>>;
}

export const password = "correct horse battery";

/** What the shop costs and does not: STALL never answers, RESET breaks off, NONE is not sold. */
export function startPrices(): Promise<StubUpstream> {
  return stubUpstream({
    "GET /health": { status: "ok" },
    "GET /prices/{sku}": ({ path: { sku }, stall, reset }) => {
      if (sku === "STALL") return stall();
      if (sku === "RESET") return reset();
      if (sku === "NONE") return Response.json({ detail: "the upstream's own words" }, { status: 404 });
      return { sku, cents: 250, margin: 0.9 };
    },
  });
}

/** The environment of a shop on this database. */
export function describeEnvironment(databaseUrl: string, folder: string, pricesUrl: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    SHOP_FOLDER: folder,
    PRICES_URL: pricesUrl,
    STAFF_PASSWORD: password,
    TOKEN_SECRET: "tokens are signed with this secret",
    CURSOR_SECRET: "cursors are signed with this secret",
    LOG_LEVEL: "silent",
    PORT: "0",
  };
}

export async function logIn(
  call: (path: string, init: RequestInit) => Promise<Response>,
  username: string,
): Promise<Headers> {
  const body = new URLSearchParams({ grant_type: "password", username, password });
  const answer = await call("/token", { method: "POST", body });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return { extraHeaders: { authorization: `Bearer ${token}` } };
}
