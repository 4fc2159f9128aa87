/** Sessions of single requests: what is kept, where, how long, and what counts as no session. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { z } from "zod";
import { Browser, createClock } from "../../test/journey/session-browser.ts";
import { createMemorySessionStore } from "./memory-session-store.ts";
import type { Session } from "./request-session.ts";
import { session, type SessionOptions } from "./session.ts";

const key = "0123456789abcdef0123456789abcdef";

const kinds: Readonly<Record<string, () => SessionOptions>> = {
  encrypted: () => ({ keys: key }),
  signed: () => ({ keys: key, protection: "signed" }),
  store: () => ({ store: createMemorySessionStore({ clock: () => 0 }) }),
};

for (const [kind, build] of Object.entries(kinds)) {
  describe(kind, () => {
    test("what one request keeps the next one has", async () => {
      const used = session(build());
      const browser = new Browser();
      const first = await browser.visit(used, (own) => {
        own.set("user", { id: 1, tags: ["a"] });
        own.set("cart", [1]);
        own.delete("cart");
        assert.deepEqual(own.data, { user: { id: 1, tags: ["a"] } });
      });
      assert.equal(first.isNew, true);
      assert.match(
        browser.setCookie ?? "",
        /^__Host-session=[\w-]+; Path=\/; Max-Age=604800; Secure; HttpOnly; SameSite=Lax$/,
      );
      const second = await browser.visit(used);
      assert.equal(second.isNew, false);
      assert.deepEqual(second.get("user"), { id: 1, tags: ["a"] });
      assert.deepEqual(second.data, { user: { id: 1, tags: ["a"] } });
      assert.equal(browser.setCookie, undefined);
    });

    test("who keeps nothing gets no cookie, and every answer varies by it", async () => {
      const browser = new Browser();
      await browser.visit(session(build()), (own) => own.clear());
      assert.deepEqual(browser.lines, [["vary", "cookie"]]);
      await browser.visit(session(build()), (own) => own.set("a", 1));
      assert.deepEqual(
        browser.lines.map(([name]) => name),
        ["vary", "set-cookie", "cache-control"],
      );
    });

    test("an empty session goes", async () => {
      for (const empty of [
        (own: Session): void => own.clear(),
        (own: Session): void => own.delete("a"),
        (own: Session): void => own.set("a", undefined),
        (own: Session): void => own.destroy(),
      ]) {
        const used = session(build());
        const browser = new Browser();
        await browser.visit(used, (own) => own.set("a", 1));
        const before = browser.cookie;
        await browser.visit(used, empty);
        assert.equal(browser.setCookie, "__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
        assert.ok(browser.lines.some(([, value]) => value === "no-store"));
        if (kind !== "store") continue;
        browser.cookie = before;
        assert.equal((await browser.visit(used)).isNew, true);
      }
    });

    test("what is read is frozen, so that no change in place is lost", async () => {
      const used = session(build());
      const browser = new Browser();
      await browser.visit(used, (own) => own.set("cart", { items: [1] }));
      await browser.visit(used, (own) => {
        assert.throws(() => (own.get("cart") as { items: number[] }).items.push(2), TypeError);
        assert.throws(() => ((own.data as Record<string, unknown>)["x"] = 1), TypeError);
      });
    });

    test("167 CVE-2024-31999, 35220: the server's clock ends a session, whatever the browser does with its cookie", async () => {
      const time = createClock();
      const store = createMemorySessionStore({ clock: () => 0 });
      const options = { ...build(), ...(kind === "store" && { store }), clock: time.clock, maxAge: 100 };
      for (const rolling of [true, false]) {
        const used = session({ ...options, rolling });
        const browser = new Browser();
        await browser.visit(used, (own) => own.set("a", 1));
        time.seconds += 99;
        const kept = browser.cookie;
        assert.equal((await browser.visit(used)).isNew, false);
        browser.cookie = kept;
        time.seconds += kind === "store" && rolling ? 100 : 1;
        assert.equal((await browser.visit(used)).isNew, true);
        assert.equal(browser.setCookie, undefined);
      }
    });

    test("use prolongs it, but not with every request, and not beyond its lifetime", async () => {
      const time = createClock();
      const store = createMemorySessionStore({ clock: time.clock });
      const options = { ...build(), ...(kind === "store" && { store }), clock: time.clock, maxAge: 100 };
      const used = session({ ...options, lifetime: 250 });
      const browser = new Browser();
      await browser.visit(used, (own) => own.set("a", 1));
      const ages: (string | undefined)[] = [];
      for (let step = 0; step < 8; step += 1) {
        time.seconds += step === 0 ? 10 : 40;
        await browser.visit(used, (own) => own.get("a"));
        ages.push(/Max-Age=(\d+)/.exec(browser.setCookie ?? "")?.[1]);
      }
      assert.deepEqual(ages, [undefined, "100", "100", "100", "80", undefined, undefined, undefined]);
      assert.equal((await browser.visit(used)).isNew, true);
    });

    test("without rolling it ends when it was going to", async () => {
      const time = createClock();
      const used = session({ ...build(), clock: time.clock, maxAge: 100, rolling: false });
      const browser = new Browser();
      await browser.visit(used, (own) => own.set("a", 1));
      time.seconds += 60;
      await browser.visit(used, (own) => own.set("a", 2));
      assert.match(browser.setCookie ?? "", /Max-Age=40;/);
      await browser.visit(used, (own) => own.regenerate());
      assert.match(browser.setCookie ?? "", /Max-Age=100;/);
    });

    test("cookies that are nobody's are no session, and are left alone", async () => {
      const used = session(build());
      const browser = new Browser();
      await browser.visit(used, (own) => own.set("a", 1));
      const { value } = browser;
      const [other] = [new Browser()];
      await other.visit(session({ ...build(), ...(kind !== "store" && { keys: key.toUpperCase() }) }), (own) =>
        own.set("a", 1),
      );
      const foreign = [
        "",
        "x",
        value.slice(1),
        value.slice(0, -1),
        `${value}A`,
        `${value}==`,
        "%00",
        "%",
        '"',
        "__proto__",
        other.value,
      ];
      for (const wrong of foreign) {
        const visitor = new Browser();
        visitor.cookie = `a=b; __Host-session=${wrong}`;
        const own = await visitor.visit(used);
        assert.equal(own.isNew, true, wrong);
        assert.deepEqual(own.data, {});
        assert.equal(visitor.setCookie, undefined);
      }
    });

    test("163, 164: nothing that is kept becomes another attribute or line", async () => {
      const used = session(build());
      const browser = new Browser();
      const evil = '; Domain=evil.example\r\nset-cookie: a=b,"\u0000';
      await browser.visit(used, (own) => own.set(evil, evil));
      assert.match(
        browser.setCookie ?? "",
        /^__Host-session=[\w-]+; Path=\/; Max-Age=604800; Secure; HttpOnly; SameSite=Lax$/,
      );
      assert.equal((await browser.visit(used)).get(evil), evil);
      for (const name of ["a;b", "a\r\nb", "a b", ""]) {
        assert.throws(() => session({ ...build(), cookie: { name } }), { code: "APUS_INVALID_HEADER" }, name);
      }
      for (const cookie of [{ path: "/;x" }, { domain: "a;b", name: "s" }, { sameSite: "lax;" as "lax" }]) {
        assert.throws(() => session({ ...build(), cookie }), { code: "APUS_INVALID_HEADER" });
      }
    });

    test("165: a cookie with a name that only looks the same is not ours", async () => {
      const used = session(build());
      const browser = new Browser();
      await browser.visit(used, (own) => own.set("a", 1));
      const { value } = browser;
      for (const header of [`\u00a0__Host-session=${value}`, `=__Host-session=${value}`, `__host-session=${value}`]) {
        browser.cookie = header;
        assert.equal((await browser.visit(used)).isNew, true, header);
      }
    });

    test("166: names of prototypes are names like others", async () => {
      const used = session(build());
      const browser = new Browser();
      await browser.visit(used, (own) => {
        assert.equal(own.get("constructor"), undefined);
        own.set("__proto__", { admin: true });
      });
      const own = await browser.visit(used);
      assert.deepEqual(own.get("__proto__"), { admin: true });
      assert.equal(own.get("admin"), undefined);
      assert.equal((own.data as { admin?: boolean }).admin, undefined);
      assert.equal(({} as { admin?: boolean }).admin, undefined);
    });

    test("what JSON cannot hold is refused where it is set, and changes nothing", async () => {
      const used = session(build());
      const browser = new Browser();
      await browser.visit(used, (own) => {
        own.set("a", 1);
        const loop: { self?: unknown } = {};
        loop.self = loop;
        for (const value of [1n, loop]) assert.throws(() => own.set("b", value), { code: "APUS_SESSION" });
        assert.deepEqual(own.data, { a: 1 });
      });
      assert.deepEqual((await browser.visit(used)).data, { a: 1 });
    });

    test("a change that comes after the head is refused", async () => {
      const used = session(build());
      const browser = new Browser();
      const own = await browser.visit(used, (early) => early.set("a", 1));
      assert.throws(() => own.set("a", 2), { code: "APUS_HEAD_SENT" });
      assert.throws(() => own.clear(), { code: "APUS_HEAD_SENT" });
      assert.equal(own.get("a"), 1);
    });

    test("data that no longer fit are dropped, and new ones that do not are an error", async () => {
      const options = { ...build() };
      const loose = session(options);
      const strict = session({ ...options, schema: z.object({ user: z.int(), since: z.coerce.date().optional() }) });
      const browser = new Browser();
      await browser.visit(loose, (own) => own.set("user", "ada"));
      const own = await browser.visit(strict);
      assert.equal(own.isNew, true);
      assert.equal(own.get("user"), undefined);
      await browser.visit(strict, (data) => {
        data.set("since", new Date(0));
        data.set("user", 1);
      });
      assert.deepEqual((await browser.visit(strict)).data, { user: 1, since: new Date(0) });
      const visit = browser.visit(strict, (data) => data.delete("user"));
      await assert.rejects(visit, { code: "APUS_SESSION", message: /"__Host-session" do not fit its schema: user: / });
    });

    test("prints show nothing of it", async () => {
      const own = await new Browser().visit(session(build()), (early) => early.set("hush", "hush"));
      assert.doesNotMatch(inspect(own, { depth: 9 }) + JSON.stringify(own), /hush/);
    });

    test("it is documented as a key in a cookie", () => {
      assert.deepEqual(session(build()).options.security, {
        name: "session",
        scheme: { type: "apiKey", in: "cookie", name: "__Host-session" },
      });
    });
  });
}

describe("keys", () => {
  test("older ones open, and their cookies are sealed anew", async () => {
    const newer = "f".repeat(32);
    const browser = new Browser();
    await browser.visit(session({ keys: key }), (own) => own.set("a", 1));
    assert.equal((await browser.visit(session({ keys: [newer, Buffer.from(key)], rolling: false }))).get("a"), 1);
    assert.ok(browser.setCookie);
    assert.equal((await browser.visit(session({ keys: newer }))).get("a"), 1);
    assert.equal(browser.setCookie, undefined);
    assert.equal((await browser.visit(session({ keys: key }))).isNew, true);
  });

  test("what a cookie has no room for is refused, and changes nothing", async () => {
    for (const protection of ["encrypted", "signed"] as const) {
      const used = session({ keys: key, protection });
      const browser = new Browser();
      await browser.visit(used, (own) => {
        own.set("a", "x".repeat(2800));
        const line = /^The session has \d+ bytes once it is sealed, and its cookie has room for \d+/;
        assert.throws(() => own.set("b", "x".repeat(400)), { code: "APUS_SESSION", message: line });
      });
      assert.ok((browser.setCookie?.length ?? 0) > 3700);
      assert.deepEqual(Object.keys((await browser.visit(used)).data), ["a"]);
    }
  });

  test("whatever fits, the whole line fits", async () => {
    const used = session({ keys: key });
    for (let length = 2890; length < 3000; length += 1) {
      const browser = new Browser();
      const isRefused = await browser
        .visit(used, (own) => own.set("a", "x".repeat(length)))
        .then(
          () => false,
          (error: unknown) => (error as { code: string }).code === "APUS_SESSION",
        );
      assert.ok(isRefused || (browser.setCookie?.length ?? 0) <= 4096, String(length));
    }
  });
});

describe("options", () => {
  test("that mean nothing are refused, and no message shows a key", () => {
    const store = createMemorySessionStore();
    const wrong: readonly Record<string, unknown>[] = [
      {},
      { keys: "hush" },
      { keys: [] },
      { keys: [key, "hush"] },
      { keys: 1 },
      { keys: new Uint8Array(31) },
      { keys: key, store },
      { store, protection: "signed" },
      { store: {} },
      { keys: key, protection: "none" },
      { keys: key, maxAge: 0 },
      { keys: key, maxAge: 1.5 },
      { keys: key, lifetime: -1 },
      { keys: key, rolling: 1 },
      { keys: key, clock: 1 },
      { keys: key, schema: {} },
      { keys: key, secret: "hush" },
      { keys: key, cookie: { httpOnly: false } },
    ];
    for (const options of wrong) {
      assert.throws(
        () => session(options as unknown as SessionOptions),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "APUS_BAD_OPTION", error.message);
          assert.doesNotMatch(error.message, /hush|0123/);
          return true;
        },
        JSON.stringify(options),
      );
    }
    for (const cookie of [{ domain: "example.com" }, { secure: false }, { path: "/admin" }]) {
      assert.throws(() => session({ keys: key, cookie }), { code: "APUS_INVALID_HEADER" });
    }
  });

  test("of the cookie are those of every line of it", async () => {
    const used = session({
      keys: key,
      cookie: { name: "sid", domain: "example.com", path: "/app", sameSite: "strict" },
    });
    const browser = new Browser();
    await browser.visit(used, (own) => own.set("a", 1));
    const rest = "Secure; HttpOnly; SameSite=Strict";
    assert.ok(browser.setCookie?.endsWith(`; Path=/app; Domain=example.com; Max-Age=604800; ${rest}`));
    await browser.visit(used, (own) => own.destroy());
    assert.equal(browser.setCookie, `sid=; Path=/app; Domain=example.com; Max-Age=0; ${rest}`);
  });
});
