/** Images of products: uploaded by staff, shown to everybody. */

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fail, file, Router, upload } from "apus";
import { transaction } from "apus/sql";
import { staff } from "./accounts.ts";
import { db } from "./database.ts";
import { findProduct, Product } from "./products.ts";
import { settings } from "./settings.ts";

const image = upload({
  types: ["image/png", "image/jpeg", "image/webp"],
  maxBytes: 5_000_000,
  description: "A PNG, JPEG or WebP of at most 5 MB",
});

/** What is read is written back: whoever does the same at the same time has to do it again. */
const exclusive = transaction(db, { isolation: "repeatable read" });

export const images = new Router({ prefix: "/products/{sku}/image", tags: ["products"] });

export const putImage = images.put(
  "/",
  { use: { staff, exclusive }, files: { image }, response: Product, errors: { 404: "No such product" } },
  async ({ path: { sku }, files, exclusive: shop }) => {
    const before = await shop.selectFrom("products").select("imageFile").where("sku", "=", sku).executeTakeFirst();
    if (before === undefined) fail(404, "There is no such product.");
    const imageFile = crypto.randomUUID();
    const imageType = files.image.detectedType ?? files.image.type;
    await mkdir(settings.imageFolder, { recursive: true });
    await files.image.saveTo(join(settings.imageFolder, imageFile));
    shop.afterCommit(() => before.imageFile !== null && rm(join(settings.imageFolder, before.imageFile)));
    return shop
      .updateTable("products")
      .set({ imageFile, imageType })
      .where("sku", "=", sku)
      .returningAll()
      .executeTakeFirstOrThrow();
  },
);

export const readImage = images.get("/", { use: { db }, errors: { 404: "No image" } }, async ({ path, db: shop }) => {
  const { imageFile, imageType } = (await findProduct(shop, path.sku)) ?? {};
  if (imageFile == null || imageType == null) return fail(404, "There is no such image.");
  // The type is what its bytes say; nothing else may be made of it.
  const headers = { "x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox" };
  return file(imageFile, { folder: settings.imageFolder, type: imageType, headers });
});
