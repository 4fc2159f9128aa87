/** The prices, which another service knows. */

import { all, httpClient, UpstreamError, type HttpClient } from "apus/http-client";
import { z } from "zod";
import { settings } from "./settings.ts";

/** Where the service that makes prices up listens. */
export const localPricesPort = settings.port + 1;

const Price = z.object({ sku: z.string(), cents: z.int().min(0) });

const total = settings.pricesTimeout;

export const prices = httpClient({
  baseUrl: settings.pricesUrl ?? `http://127.0.0.1:${localPricesPort}`,
  name: "prices",
  timeouts: { total, queue: total },
  check: "/health",
});

/** Cents for each product, undefined for one that is not sold. @throws UpstreamError when the service fails */
export function readPrices(client: HttpClient, skus: readonly string[]): Promise<(number | undefined)[]> {
  return all(
    skus.map((sku) => async (signal: AbortSignal) => {
      const price = await client.get("/prices/{sku}", { path: { sku }, signal, response: Price, none: [404] });
      return price?.cents;
    }),
  );
}

/** For those who only look: no price is better than no page. */
export async function findPrice(client: HttpClient, sku: string): Promise<number | null> {
  try {
    const [cents] = await readPrices(client, [sku]);
    return cents ?? null;
  } catch (error) {
    if (error instanceof UpstreamError) return null;
    throw error;
  }
}
