/** An app that says more about itself: docs/openapi.md. */

import { App, Router } from "apus";
import { z } from "zod";
import * as notes from "./notes.ts";

// #region describe
const Paid = z.object({ order: z.int(), amount: z.number() }).meta({ id: "Paid" });

export const app = new App({
  title: "Shop",
  version: "2.1.0",
  description: "Orders and *notes*.",
  contact: { name: "The shop", url: "https://shop.example" },
  license: { name: "MIT", identifier: "MIT" },
  servers: [{ url: "https://api.shop.example" }],
  tags: [{ name: "orders", description: "What was bought" }],
  webhooks: { paid: { body: Paid, summary: "An order was paid" } },
  extra: { "x-audience": "partners" },
  log: false,
});
// #endregion describe

// #region operation
const Order = z.object({
  amount: z.int().min(1).describe("How many"),
  coupon: z.string().length(8).optional(),
});

export const orders = new Router({ prefix: "/orders", tags: ["orders"] });

export const createOrder = orders.post(
  "/",
  {
    body: Order,
    examples: { single: { amount: 1 }, withCoupon: { amount: 2, coupon: "SUMMER26" } },
    response: Order,
    responses: { 202: "Will be handled later" },
    errors: { 409: "Sold out" },
    description: "Places an order.",
    extra: { "x-rate-limit": 10 },
  },
  ({ body }) => body,
);

export const debugOrders = orders.get("/debug", { hidden: true }, () => ({}));

app.include({ orders, createOrder });
app.include(notes);
// #endregion operation

// #region pages
export const quiet = new App({ docs: { openapi: "/schema.json", swagger: "/explore", redoc: false }, log: false });
export const silent = new App({ docs: false, health: false, log: false });
// #endregion pages
