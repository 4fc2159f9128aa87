/** One operation with most of its options: docs/operation.md. */

import { App } from "apus";
import { z } from "zod";

export const app = new App({ log: false });

const books = [
  { isbn: "1", title: "The Dispossessed", price: 12, supplier: "secret" },
  { isbn: "2", title: "The Left Hand of Darkness", price: 11, supplier: "secret" },
];

// #region declare
const Book = z.object({ isbn: z.string(), title: z.string(), price: z.number() });
const Search = z.object({ q: z.string().min(2), limit: z.int().min(1).max(50).default(10) });

export const searchBooks = app.get(
  "/books",
  {
    query: Search,
    response: z.array(Book),
    errors: { 503: "The catalogue is being rebuilt" },
    summary: "Search the catalogue",
    tags: ["books"],
  },
  ({ query, log, response }) => {
    const found = books.filter(({ title }) => title.includes(query.q));
    log.info("Searched", { found: found.length });
    response.setHeader("x-total-count", String(found.length));
    return found.slice(0, query.limit);
  },
);
// #endregion declare

// #region short
export const countBooks = app.get("/books/count", () => ({ count: books.length }));
// #endregion short
