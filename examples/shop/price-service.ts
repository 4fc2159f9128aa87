/** A service that makes prices up, for a shop without a real one. */

import { App } from "apus";

export const priceService = new App({ title: "Prices", version: "1.0.0", log: false });

export const readPrice = priceService.get("/prices/{sku}", ({ path: { sku } }) => {
  let cents = 99;
  for (const letter of sku) cents = (cents * 31 + letter.charCodeAt(0)) % 10_000;
  return { sku, cents };
});
