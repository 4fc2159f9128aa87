/** The schemas of the servers that validate with Zod, with what each of them adds to coerce text. */

import { z } from "zod";

export const Hello = z.object({ hello: z.string() });

/** The body of `POST /items`: eight fields. */
export const NewItem = z.object({
  name: z.string().min(1).max(80),
  sku: z.string().length(8),
  price: z.number().positive(),
  quantity: z.int().min(0).max(1_000),
  active: z.boolean(),
  category: z.enum(["book", "food", "tool"]),
  tags: z.array(z.string()).max(10),
  size: z.object({ width: z.number(), height: z.number() }),
});

export const Item = NewItem.extend({ id: z.int() });

export const User = z.object({ id: z.int(), page: z.int(), tags: z.array(z.string()) });

export const Rows = z.array(
  z.object({ id: z.int(), name: z.string(), price: z.number(), active: z.boolean(), tags: z.array(z.string()) }),
);

/** For servers that hand over text as it is. */
export const TextId = z.object({ id: z.coerce.number().int() });

/** For servers that hand over text as it is. */
export const TextQuery = z.object({ page: z.coerce.number().int().min(1), tags: z.array(z.string()) });
