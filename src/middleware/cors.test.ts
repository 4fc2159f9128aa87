/** Tests of CORS: which origin may read what, how preflights are answered, and which options are refused. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApusError } from "../errors/apus-error.ts";
import { buildRequest, sendThrough, type Outcome } from "../../test/journey/one-middleware.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { cors, type CorsOptions } from "./cors.ts";

const shop = "https://shop.example";

function ask(options: CorsOptions, headers: Record<string, string>, answer?: Partial<HttpResponse>): Promise<Outcome> {
  return sendThrough(cors(options), buildRequest({ headers }), answer);
}

function preflight(options: CorsOptions, headers: Record<string, string> = {}): Promise<Outcome> {
  const asked = { origin: shop, "access-control-request-method": "PUT", ...headers };
  return sendThrough(cors(options), buildRequest({ method: "OPTIONS", headers: asked }));
}

function fields(outcome: Outcome): Record<string, string> {
  return Object.fromEntries(outcome.headers);
}

function refuses(options: unknown, pattern: RegExp): void {
  assert.throws(
    () => cors(options as CorsOptions),
    (error) => error instanceof ApusError && error.code === "APUS_BAD_OPTION" && pattern.test(error.message),
  );
}

describe("an answer", () => {
  test("for everybody is the same for everybody", async () => {
    const everybody: Record<string, string>[] = [{}, { origin: shop }, { origin: "null" }];
    for (const headers of everybody) {
      const outcome = await ask({ origins: "*" }, headers);
      assert.deepEqual(fields(outcome), { "access-control-allow-origin": "*" });
    }
  });

  test("names a listed origin, and what its scripts may read", async () => {
    const options = { origins: [shop], credentials: true, exposeHeaders: ["x-total", "etag"] };
    assert.deepEqual(fields(await ask(options, { origin: shop })), {
      "access-control-allow-origin": shop,
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "x-total, etag",
      vary: "Origin",
    });
  });

  test("168: depends on the origin also when it is absent or refused", async () => {
    const headers: Record<string, string>[] = [{}, { origin: "https://other.example" }, { origin: "" }];
    for (const given of headers) {
      const outcome = await ask({ origins: [shop], credentials: true }, given);
      assert.deepEqual([fields(outcome), outcome.status], [{ vary: "Origin" }, 200]);
    }
  });

  test("168: keeps what it varies on, and every other line", async () => {
    const lines = [
      ["vary", "Accept-Encoding"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ] as const;
    const outcome = await ask({ origins: [shop] }, { origin: shop }, { headers: lines });
    assert.deepEqual(outcome.lines("vary"), ["Accept-Encoding, Origin"]);
    assert.deepEqual(outcome.lines("set-cookie"), ["a=1", "b=2"]);
  });

  test("has one permission: what the route says of it is left out", async () => {
    const lines = [
      ["Access-Control-Allow-Origin", "*"],
      ["access-control-allow-credentials", "true"],
    ] as const;
    const allowed = await ask({ origins: [shop] }, { origin: shop }, { headers: lines });
    assert.deepEqual(fields(allowed), { "access-control-allow-origin": shop, vary: "Origin" });
    const refused = await ask({ origins: [shop] }, { origin: "https://other.example" }, { headers: lines });
    assert.deepEqual(fields(refused), { vary: "Origin" });
  });
});

describe("the origin", () => {
  test("is compared whole", async () => {
    for (const origin of [
      "http://shop.example",
      "https://shop.example:8443",
      "https://shop.example.evil.example",
      "https://evilshop.example",
      "https://SHOP.example",
      "https://shop.example/",
      `${shop}, https://evil.example`,
      "null",
    ]) {
      const outcome = await ask({ origins: [shop] }, { origin });
      assert.equal(outcome.headers.get("access-control-allow-origin"), null, origin);
    }
  });

  test("is brought into the form of browsers once, in the list", async () => {
    const options = { origins: ["HTTPS://Shop.example:443", "http://localhost:5173", "capacitor://localhost"] };
    for (const origin of [shop, "http://localhost:5173", "capacitor://localhost"]) {
      assert.equal((await ask(options, { origin })).headers.get("access-control-allow-origin"), origin);
    }
  });

  test("169 hono f0b094db: null is meant only where it is listed by name", async () => {
    const asked: string[] = [];
    const byFunction = (origin: string): boolean => asked.push(origin) > 0;
    assert.equal(
      (await ask({ origins: byFunction }, { origin: "null" })).headers.has("access-control-allow-origin"),
      false,
    );
    assert.deepEqual(asked, []);
    const listed = await ask({ origins: ["null"] }, { origin: "null" });
    assert.equal(listed.headers.get("access-control-allow-origin"), "null");
  });

  test("may be judged by a function, which is given nothing but origins", async () => {
    const isOurs = (origin: string): boolean => origin.endsWith(".shop.example");
    const allowed = await ask({ origins: isOurs }, { origin: "https://a.shop.example" });
    assert.equal(allowed.headers.get("access-control-allow-origin"), "https://a.shop.example");
    for (const origin of ["https://evil.example, https://a.shop.example", "https://evil.example/.shop.example", ""]) {
      const refused = await ask({ origins: isOurs }, { origin });
      assert.deepEqual(fields(refused), { vary: "Origin" }, origin);
    }
  });

  test("may be judged later, and only true is a permission", async () => {
    const later = await ask({ origins: () => Promise.resolve(true) }, { origin: shop });
    assert.equal(later.headers.get("access-control-allow-origin"), shop);
    const never = await ask({ origins: () => Promise.resolve(false) }, { origin: shop });
    assert.equal(never.headers.get("access-control-allow-origin"), null);
    const odd = await ask({ origins: () => "yes" as unknown as boolean }, { origin: shop });
    assert.equal(odd.headers.get("access-control-allow-origin"), null);
  });
});

describe("a preflight", () => {
  test("is answered without the route", async () => {
    const outcome = await preflight({ origins: [shop] }, { "access-control-request-headers": "X-One,content-type" });
    assert.equal(outcome.passed, undefined);
    assert.equal(outcome.status, 204);
    assert.deepEqual(fields(outcome), {
      "access-control-allow-origin": shop,
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, QUERY",
      "access-control-allow-headers": "x-one, content-type",
      "access-control-max-age": "600",
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
  });

  test("of another origin gets no permission, and the same vary", async () => {
    const outcome = await preflight({ origins: [shop] }, { origin: "https://other.example" });
    assert.equal(outcome.passed, undefined);
    assert.deepEqual(fields(outcome), {
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
  });

  test("is told the methods and headers of the lists, as the browser compares them", async () => {
    const options = {
      origins: "*",
      methods: ["get", "PUT"],
      allowHeaders: ["X-One", "Content-Type"],
      maxAge: 0,
    } as const;
    assert.deepEqual(fields(await preflight(options)), {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, PUT",
      "access-control-allow-headers": "accept, accept-language, content-language, content-type, x-one",
      "access-control-max-age": "0",
      vary: "Access-Control-Request-Method, Access-Control-Request-Headers",
    });
  });

  test('is told "*" with the header that it leaves out', async () => {
    const outcome = await preflight({ origins: "*", allowHeaders: "*" });
    assert.equal(outcome.headers.get("access-control-allow-headers"), "*, authorization");
  });

  test("has credentials named", async () => {
    const outcome = await preflight({ origins: [shop], credentials: true });
    assert.equal(outcome.headers.get("access-control-allow-credentials"), "true");
  });

  test("reflects names only", async () => {
    for (const [asked, told] of [
      ["x-one", "x-one"],
      [" X-One ,,\tx-two ", "x-one, x-two"],
      ["", null],
      [",", null],
      ["x one", null],
      ["x-one\r\nset-cookie: a=b", null],
      ["x-one, <script>", null],
    ] as const) {
      const outcome = await preflight({ origins: [shop] }, { "access-control-request-headers": asked });
      assert.equal(outcome.headers.get("access-control-allow-headers"), told, asked);
    }
  });

  test("133 hono 93fc250d: 200,000 spaces take linear time", async () => {
    for (const asked of [`x${" ".repeat(200_000)}x`, `x${" ,".repeat(100_000)}x`]) {
      assert.equal((await preflight({ origins: [shop] }, { "access-control-request-headers": asked })).status, 204);
    }
  });

  test("of a public page for a private network is answered where that is wanted", async () => {
    const asked = { "access-control-request-private-network": "true" };
    const allowed = await preflight({ origins: [shop], privateNetwork: true }, asked);
    assert.equal(allowed.headers.get("access-control-allow-private-network"), "true");
    assert.match(allowed.headers.get("vary") ?? "", /Access-Control-Request-Private-Network$/);
    const unasked = await preflight({ origins: [shop], privateNetwork: true });
    assert.equal(unasked.headers.has("access-control-allow-private-network"), false);
    const refused = await preflight(
      { origins: [shop], privateNetwork: true },
      { ...asked, origin: "https://other.example" },
    );
    assert.equal(refused.headers.has("access-control-allow-private-network"), false);
    const unwanted = await preflight({ origins: [shop] }, asked);
    assert.equal(unwanted.headers.has("access-control-allow-private-network"), false);
  });

  test("without its two fields is a question to the route", async () => {
    const half: Record<string, string>[] = [{}, { origin: shop }, { "access-control-request-method": "PUT" }];
    for (const headers of half) {
      const request = buildRequest({ method: "OPTIONS", headers });
      assert.notEqual((await sendThrough(cors({ origins: [shop] }), request)).passed, undefined);
    }
    const get = buildRequest({ headers: { origin: shop, "access-control-request-method": "PUT" } });
    assert.notEqual((await sendThrough(cors({ origins: [shop] }), get)).passed, undefined);
  });
});

describe("options", () => {
  test("169 hono f0b094db: credentials with a wildcard are refused at startup", () => {
    refuses(
      { origins: "*", credentials: true },
      /cors\(\{ origins \}\) was given "\*"; it must be the list of origins/,
    );
    refuses({ origins: [shop], credentials: true, allowHeaders: "*" }, /allowHeaders/);
    refuses({ origins: [shop], credentials: true, exposeHeaders: ["*"] }, /exposeHeaders/);
  });

  test("origins that no browser sends are refused at startup", () => {
    for (const origin of ["https://shop.example/", "shop.example", "*", "https://*.shop.example", "", "a b", 7, null]) {
      refuses({ origins: [origin] }, /cors\(\{ origins \}\) was given a list; it must be a list of origins such as/);
    }
    refuses({ origins: shop }, /cors\(\{ origins \}\) was given "https:\/\/shop\.example"; it must be "\*", a list/);
    refuses({}, /cors\(\{ origins \}\) was given undefined/);
    refuses(undefined, /origins/);
  });

  test("other values and names that mean nothing are refused at startup", () => {
    refuses({ origins: "*", origin: shop }, /cors\(\) has no option "origin": there are origins, methods/);
    refuses({ origins: "*", methods: ["*"] }, /methods/);
    refuses({ origins: "*", methods: ["GET, PUT"] }, /methods/);
    refuses({ origins: "*", methods: "GET" }, /methods/);
    refuses({ origins: "*", allowHeaders: ["x one"] }, /allowHeaders/);
    refuses({ origins: "*", allowHeaders: ["*"] }, /allowHeaders/);
    refuses({ origins: "*", allowHeaders: "x-one" }, /allowHeaders/);
    refuses({ origins: "*", exposeHeaders: ["x:y"] }, /exposeHeaders/);
    refuses({ origins: "*", credentials: "yes" }, /credentials/);
    refuses({ origins: "*", maxAge: -1 }, /maxAge/);
    refuses({ origins: "*", maxAge: Number.NaN }, /maxAge/);
    refuses({ origins: "*", privateNetwork: 1 }, /privateNetwork/);
  });
});
