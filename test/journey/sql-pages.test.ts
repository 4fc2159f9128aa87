/** Pages: every row once, in order, whatever happens between two pages; cursors that only the app can make. */

import assert from "node:assert/strict";
import { App } from "apus";
import { database, openDatabase, page, pageQuery, type PageOrder } from "apus/sql";
import { testClient } from "apus/testing";
import { onEach } from "../conformance/sql-dialects.ts";

interface Tables {
  post: { id: number; author: string; score: number; made: Date | string };
}

const secret = "a secret for the cursors of tests";
const rows = 53;

/** Rows with equal scores and authors, and moments that differ by microseconds. */
async function fill(url: string, isPostgres: boolean): Promise<void> {
  await using opened = await openDatabase<Tables>({ url });
  const moment = isPostgres ? "timestamptz" : "text";
  await opened.execute(
    `create table post (id integer primary key, author text, score double precision, made ${moment})`,
  );
  for (let id = 1; id <= rows; id += 1) {
    const made = `2026-11-23 10:00:00.${String(123_000 + (id % 7)).padStart(6, "0")}${isPostgres ? "+00" : ""}`;
    await opened
      .insertInto("post")
      .values({ id, author: `author ${id % 3}`, score: (id % 5) / 10, made })
      .execute();
  }
}

onEach(
  "every row once, for each order and size",
  async ({ url, kind }) => {
    await fill(url, kind === "postgres");
    await using opened = await openDatabase<Tables>({ url });
    const orders: readonly (readonly PageOrder<Tables, "post">[])[] = [
      ["id"],
      ["id desc"],
      ["made desc", "id"],
      ["made", "id"],
      ["author asc", "score desc", "id"],
      ["post.score desc", "post.author desc", "post.id desc"],
    ];
    for (const by of orders) {
      let all = opened.selectFrom("post").select("id");
      for (const one of by) {
        const [column, direction] = one.split(" ") as ["id", "asc" | "desc" | undefined];
        all = all.orderBy(column, direction ?? "asc");
      }
      const wanted = (await all.execute()).map(({ id }) => id);
      for (const size of [1, 7, 52, 53, 100]) {
        const seen: number[] = [];
        let cursor: string | undefined;
        do {
          const found = await page(opened.selectFrom("post").select("id"), { by, size, cursor, secret });
          assert.ok(found.items.length <= size);
          assert.ok(found.items.every((item) => Object.keys(item).join() === "id"));
          seen.push(...found.items.map(({ id }) => id));
          cursor = found.next;
        } while (cursor !== undefined);
        assert.deepEqual(seen, wanted, `${by.join()} by ${size}`);
      }
    }
  },
  ["file", "postgres"],
);

onEach(
  "rows that come and go between two pages are not shown twice, and move none",
  async ({ url, kind }) => {
    await fill(url, kind === "postgres");
    await using opened = await openDatabase<Tables>({ url });
    const read = (cursor?: string): ReturnType<typeof page<Tables, "post", { id: number }>> =>
      page(opened.selectFrom("post").select("id").where("author", "!=", "nobody"), {
        by: ["id"],
        size: 10,
        cursor,
        secret,
      });
    const first = await read();
    await opened.deleteFrom("post").where("id", "<=", 10).execute();
    const second = await read(first.next);
    assert.deepEqual(
      second.items.map(({ id }) => id),
      [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    );
  },
  ["file", "postgres"],
);

onEach(
  "inputs are documented, and a cursor that is not of this list is a 422",
  async ({ url }) => {
    const db = database<Tables>({ url });
    const paging = pageQuery({ defaultSize: 2, maxSize: 5 });
    const app = new App({ log: false });
    app.get("/fill", { use: { db } }, async (input) => {
      await input.db.execute(
        "create table if not exists post (id integer primary key, author text, score real, made text)",
      );
      for (let id = 1; id < 9; id += 1)
        await input.db.insertInto("post").values({ id, author: "a", score: 1, made: "x" }).execute();
    });
    for (const by of ["id", "id desc"] as const) {
      app.get(by === "id" ? "/up" : "/down", { use: { db, paging } }, (input) =>
        page(input.db.selectFrom("post").selectAll(), { by: [by], secret, ...input.paging }),
      );
    }
    await using client = await testClient(app);
    await client.fetch("/fill");
    const first = (await (await client.fetch("/up")).json()) as { items: unknown[]; next: string };
    assert.equal(first.items.length, 2);
    const second = (await (await client.fetch(`/up?size=5&cursor=${first.next}`)).json()) as {
      items: { id: number }[];
    };
    assert.deepEqual(
      second.items.map(({ id }) => id),
      [3, 4, 5, 6, 7],
    );
    const changed = `${first.next.startsWith("A") ? "B" : "A"}${first.next.slice(1)}`;
    for (const cursor of [changed, "x", "%00", `${first.next}AAAA`, "A".repeat(2_000), first.next.slice(0, 10)]) {
      const answer = await client.fetch(`/up?cursor=${cursor}`);
      const { errors } = (await answer.json()) as { errors: readonly { in: string; pointer: string; code: string }[] };
      assert.equal(answer.status, 422, cursor);
      assert.deepEqual([errors[0]?.in, errors[0]?.pointer, errors[0]?.code], ["query", "/cursor", "cursor"]);
    }
    assert.equal((await client.fetch(`/down?cursor=${first.next}`)).status, 422);
    for (const query of ["size=0", "size=6", "size=x", "cursor=", `cursor=${"A".repeat(3_000)}`]) {
      assert.equal((await client.fetch(`/up?${query}`)).status, 422, query);
    }
    const { paths } = (await app.openapi()) as unknown as {
      paths: Record<
        string,
        { get: { parameters: readonly { name: string; in: string; required?: boolean; schema: object }[] } }
      >;
    };
    const [size, cursor] = paths["/up"]?.get.parameters ?? [];
    assert.deepEqual([size?.name, size?.in, size?.required ?? false], ["size", "query", false]);
    assert.deepEqual(size?.schema, { type: "integer", minimum: 1, maximum: 5, default: 2 });
    assert.deepEqual([cursor?.name, cursor?.in, cursor?.required ?? false], ["cursor", "query", false]);
  },
  ["file", "memory"],
);

onEach(
  "a page that cannot work is refused with its reason",
  async ({ url }) => {
    await using opened = await openDatabase<Tables>({ url });
    await opened.execute("create table post (id integer primary key, author text, score real, made text)");
    for (const id of [1, 2]) await opened.execute("insert into post (id) values (?)", [id]);
    const query = opened.selectFrom("post").select("id");
    const wrong = { code: "APUS_BAD_OPTION" };
    await assert.rejects(page(query, { by: [], size: 1, secret }), wrong);
    await assert.rejects(page(query, { by: ["id"], size: 0, secret }), wrong);
    await assert.rejects(page(query, { by: ["id"], size: 1, secret: "short" }), wrong);
    await assert.rejects(page(query, { by: ["id"], size: 1, secret: [] }), wrong);
    await assert.rejects(page(query.limit(3), { by: ["id"], size: 1, secret }), wrong);
    await assert.rejects(page(query.orderBy("id"), { by: ["id"], size: 1, secret }), wrong);
    await assert.rejects(page(query, { by: ["author", "id"], size: 1, secret }), /"author", which is null/);
  },
  ["memory"],
);

onEach(
  "secrets can be changed without breaking cursors",
  async ({ url }) => {
    await using opened = await openDatabase<Tables>({ url });
    await opened.execute("create table post (id integer primary key)");
    for (const id of [1, 2]) await opened.execute("insert into post (id) values (?)", [id]);
    const query = opened.selectFrom("post").select("id");
    const old = await page(query, { by: ["id"], size: 1, secret });
    const newer = "another secret, which is newer";
    const next = await page(query, { by: ["id"], size: 1, secret: [newer, secret], cursor: old.next });
    assert.deepEqual(next, { items: [{ id: 2 }], next: undefined });
    await assert.rejects(page(query, { by: ["id"], size: 1, secret: newer, cursor: old.next }), { status: 422 });
  },
  ["memory"],
);
