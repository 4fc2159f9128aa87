/** Tests of docs-page.ts: what is escaped where, the headers, and the policy. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpResponse } from "../http/http-response.ts";
import { docsAssetNames } from "./docs-assets.ts";
import { buildOauth2RedirectPage, buildRedocPage, buildSwaggerPage, type DocsPageOptions } from "./docs-page.ts";

const payload = "</title></script><script>alert(1)</script><!--\u2028\u2029&\"'";
const plain: DocsPageOptions = { title: "Demo", documentUrl: "openapi.json", assetsUrl: "docs/assets" };
const builders = [buildSwaggerPage, buildRedocPage];

function textOf(response: HttpResponse): string {
  assert.equal(typeof response.body, "string");
  return response.body as string;
}

function configOf(response: HttpResponse): Record<string, unknown> {
  const text = textOf(response);
  const start = '<script type="application/json" id="docs-config">';
  const from = text.indexOf(start) + start.length;
  return JSON.parse(text.slice(from, text.indexOf("</script>", from))) as Record<string, unknown>;
}

function policyOf(response: HttpResponse): ReadonlyMap<string, string> {
  const value = response.headers.find(([name]) => name === "content-security-policy")?.[1] ?? "";
  return new Map(
    value.split("; ").map((directive) => {
      const space = directive.indexOf(" ");
      return [directive.slice(0, space), directive.slice(space + 1)];
    }),
  );
}

for (const build of builders) {
  test(`${build.name}: hostile text stays text`, () => {
    const response = build({
      title: payload,
      documentUrl: payload,
      assetsUrl: `docs"><script>`,
      oauth2RedirectUrl: payload,
      parameters: { note: payload, [payload]: [{ deep: payload }] },
    });
    const text = textOf(response);
    assert.ok(!text.includes("<script>"));
    assert.ok(!text.includes("<!--"));
    assert.ok(!/[\u2028\u2029]/.test(text.slice(text.indexOf("docs-config"))));
    assert.equal(text.split("</title>").length, 2);
    const config = configOf(response);
    assert.equal(config["note"], payload);
    assert.equal(config["url"], payload);
    assert.deepEqual(config[payload], [{ deep: payload }]);
  });

  test(`${build.name}: no inline script, no inline handler, and a policy that says so`, () => {
    const response = build(plain);
    const scripts = textOf(response).match(/<script[^>]*>/g) ?? [];
    for (const script of scripts) assert.match(script, / src="docs\/assets\/|type="application\/json"/);
    const policy = policyOf(response);
    assert.equal(policy.get("default-src"), "'none'");
    assert.equal(policy.get("script-src"), "'self'");
    assert.equal(policy.get("connect-src"), "'self'");
    assert.equal(policy.get("base-uri"), "'none'");
    assert.equal(policy.get("form-action"), "'none'");
    assert.ok(!policy.get("style-src")?.includes("unsafe"));
    const headers = new Map(response.headers);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cache-control"), "no-cache");
    assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
  });

  test(`${build.name}: assets are relative, absolute or beside the page`, () => {
    for (const [assetsUrl, expected] of [
      ["docs/assets/", "docs/assets/"],
      ["/a", "/a/"],
      ["", ""],
    ] as const) {
      assert.ok(textOf(build({ ...plain, assetsUrl })).includes(` src="${expected}`), assetsUrl);
      assert.ok(textOf(build({ ...plain, assetsUrl })).includes(` href="${expected}${docsAssetNames.favicon}"`));
    }
  });

  test(`${build.name}: parameters that are not JSON are refused with the place`, () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    for (const parameters of [{ requestInterceptor: () => undefined }, { size: 1n }, { key: Symbol("x") }, cycle]) {
      assert.throws(() => build({ ...plain, parameters }), { code: "APUS_BAD_OPTION", message: /parameters/ });
    }
  });
}

test("Swagger UI has its defaults, and parameters win over them", () => {
  const config = configOf(buildSwaggerPage({ ...plain, oauth2RedirectUrl: "docs/oauth2-redirect" }));
  assert.equal(config["validatorUrl"], null);
  assert.equal(config["deepLinking"], true);
  assert.equal(config["tryItOutEnabled"], true);
  assert.equal(config["persistAuthorization"], false);
  assert.equal(config["docExpansion"], "list");
  assert.equal(config["oauth2RedirectUrl"], "docs/oauth2-redirect");
  assert.ok((config["supportedSubmitMethods"] as readonly string[]).includes("query"));
  const changed = configOf(
    buildSwaggerPage({ ...plain, parameters: { docExpansion: "none", persistAuthorization: true } }),
  );
  assert.equal(changed["docExpansion"], "none");
  assert.equal(changed["persistAuthorization"], true);
});

test("no parameter makes ReDoc report to its makers, or load another script", () => {
  const parameters = { disableTelemetry: false, script: "https://evil.example/x.js", sanitize: false };
  const config = configOf(buildRedocPage({ ...plain, parameters }));
  assert.equal(config["disableTelemetry"], true);
  assert.equal(config["script"], `docs/assets/${docsAssetNames.redocScript}`);
  assert.equal(config["sanitize"], false);
});

test("the policy lets Swagger UI call the origins of absolute servers, and nothing else", () => {
  const servers = [
    "/v1",
    "https://api.example.com/v1?x",
    "http://127.0.0.1:8000",
    "https://api.example.com",
    "//x.example",
  ];
  const odd = [
    "javascript:alert(1)",
    "data:text/html,x",
    "https://a;sandbox",
    "https://a,b",
    "https://{region}.example",
    "",
  ];
  const policy = policyOf(buildSwaggerPage({ ...plain, servers: [...servers, ...odd] }));
  assert.equal(policy.get("connect-src"), "'self' https://api.example.com http://127.0.0.1:8000");
  assert.equal(policy.has("sandbox"), false);
});

test("a document on another origin may be read", () => {
  const documentUrl = "https://docs.example.com/openapi.json";
  for (const build of builders) {
    const policy = policyOf(build({ ...plain, documentUrl, servers: ["https://api.example.com"] }));
    assert.ok(policy.get("connect-src")?.startsWith("'self' https://docs.example.com"));
  }
  assert.equal(
    policyOf(buildRedocPage({ ...plain, servers: ["https://api.example.com"] })).get("connect-src"),
    "'self'",
  );
});

test("the OAuth 2.0 redirect page is one script of ours", () => {
  const response = buildOauth2RedirectPage({ assetsUrl: 'assets"' });
  assert.ok(textOf(response).includes(`<script src="assets&quot;/${docsAssetNames.oauth2Redirect}"></script>`));
  assert.equal(policyOf(response).get("script-src"), "'self'");
  assert.equal(policyOf(response).get("default-src"), "'none'");
});
