/** The table of requests and answers that FastAPI's users expect, and where Apus differs. */

/** One request and what must come back. */
export interface Case {
  /** Method, when it is not GET, and target. */
  readonly request: string;
  readonly init?: { readonly headers?: Record<string, string>; readonly body?: string };
  readonly status: number;
  /** The whole content; text, when it is not JSON. */
  readonly content?: unknown;
  /** Place and pointer of each issue of a 422. */
  readonly issues?: readonly string[];
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The first cell of the row of docs/coming-from-fastapi.md that explains it; absent where FastAPI does the same. */
  readonly differs?: string;
}

const json = (body: string): NonNullable<Case["init"]> => ({ headers: { "content-type": "application/json" }, body });
const form = (body: string): NonNullable<Case["init"]> => ({
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body,
});
const problemType = { "content-type": "application/problem+json" };

const routing: readonly Case[] = [
  { request: "/ints/5", status: 200, content: { n: 5 } },
  { request: "/ints/-5", status: 200, content: { n: -5 } },
  { request: "/ints/five", status: 422, issues: ["path /n"] },
  { request: "/ints/5.5", status: 422, issues: ["path /n"] },
  { request: "/ints/5.0", status: 422, issues: ["path /n"], differs: "Spellings of integers" },
  { request: "/ints/1_000", status: 422, issues: ["path /n"], differs: "Spellings of integers" },
  { request: "/converted/5", status: 200, content: { n: 5 } },
  { request: "/converted/-5", status: 200, content: { n: -5 }, differs: "Text that a converter refuses" },
  { request: "/converted/five", status: 422, issues: ["path /n"], differs: "Text that a converter refuses" },
  { request: "/models/resnet", status: 200, content: { name: "resnet" } },
  { request: "/models/lenet", status: 422, issues: ["path /name"] },
  { request: "/users/42", status: 200, content: { id: "42" } },
  { request: "/users/me", status: 200, content: "literal", differs: "Order of routes" },
  { request: "/files/a/b/c.txt", status: 200, content: { rest: "a/b/c.txt" } },
  { request: "/segments/a%20b%C3%A9", status: 200, content: { text: "a bé" } },
  { request: "/segments/a%2Fb", status: 200, content: { text: "a/b" }, differs: "`%2F` in a segment" },
  { request: "/segments/a/b", status: 404 },
  { request: "/many%0A", status: 404, differs: "A line break behind the path" },
  { request: "/slash", status: 404, differs: "Slash at the end" },
  { request: "/many/", status: 404, differs: "Slash at the end" },
  { request: "POST /many", status: 200, content: "post" },
  { request: "PUT /many", status: 405, headers: { allow: "GET, HEAD, OPTIONS, POST" }, differs: "405 and `Allow`" },
  { request: "HEAD /many", status: 200, content: "", differs: "`HEAD`" },
  { request: "OPTIONS /many", status: 204, headers: { allow: "GET, HEAD, OPTIONS, POST" }, differs: "`OPTIONS`" },
  { request: "/nowhere", status: 404, headers: problemType, differs: "Error documents" },
];

const parameters: readonly Case[] = [
  { request: "/query", status: 200, content: { l: [], limit: 10 } },
  { request: "/query?n=5&q=5&flag=on&limit=7", status: 200, content: { n: 5, q: "5", flag: true, l: [], limit: 7 } },
  ...["true", "1", "on", "yes", "t", "y", "True", "ON"].map((flag): Case => ({
    request: `/query?flag=${flag}`,
    status: 200,
    content: { flag: true, l: [], limit: 10 },
  })),
  ...["false", "0", "off", "no", "f", "n"].map((flag): Case => ({
    request: `/query?flag=${flag}`,
    status: 200,
    content: { flag: false, l: [], limit: 10 },
  })),
  { request: "/query?flag=maybe", status: 422, issues: ["query /flag"] },
  { request: "/query?limit=0", status: 422, issues: ["query /limit"] },
  { request: "/query?l=1&l=2", status: 200, content: { l: [1, 2], limit: 10 }, differs: "Places of inputs" },
  { request: "/query?l=1&l=x", status: 422, issues: ["query /l/1"] },
  { request: "/query?n=", status: 422, issues: ["query /n"] },
  { request: "/query?n=%2B5", status: 422, issues: ["query /n"], differs: "Spellings of integers" },
  { request: "/query?n=1&n=2", status: 422, issues: ["query /n"], differs: "A scalar sent twice" },
  { request: "/query?n=9007199254740993", status: 422, issues: ["query /n"], differs: "Large integers" },
  {
    request: "/query?big=9007199254740993",
    status: 200,
    content: { big: "9007199254740993", l: [], limit: 10 },
    differs: "Large integers",
  },
  { request: "/query?extra=1", status: 200, content: { l: [], limit: 10 } },
  { request: "/forbid?extra=1", status: 422 },
  { request: "/required", status: 422, issues: ["query /q"] },
  { request: "/required?q=", status: 200, content: { q: "" } },
  { request: "/nullable", status: 422, issues: ["query /n"] },
  { request: "/nullable?n=", status: 200, content: { n: null }, differs: "An empty nullable number" },
  {
    request: "/headers",
    init: { headers: { "User-Agent": "me", "X-T": "1" } },
    status: 200,
    content: { "user-agent": "me", "x-t": "1" },
  },
  {
    request: "/headers",
    init: { headers: { "user-agent": "me", x_t: "1" } },
    status: 200,
    content: { "user-agent": "me" },
  },
  { request: "/cookies", init: { headers: { cookie: "ads=1; other=2" } }, status: 200, content: { ads: 1 } },
  {
    request: "/cookies",
    init: { headers: { cookie: "ads=1; ads=2" } },
    status: 200,
    content: { ads: 1 },
    differs: "A cookie sent twice",
  },
  { request: "POST /login", init: form("name=Ada&age=36"), status: 200, content: { name: "Ada", age: 36 } },
  { request: "POST /login", init: form("name=Ada&age="), status: 200, content: { name: "Ada", age: 18 } },
  {
    request: "POST /login",
    init: form("name="),
    status: 200,
    content: { name: "", age: 18 },
    differs: "An empty form field",
  },
  { request: "POST /login", init: form("age=36"), status: 422, issues: ["form /name"] },
  { request: "POST /login", init: json('{"name":"Ada"}'), status: 415, differs: "Content types" },
];

const item = '{"name":"lamp","price":1.5}';

const bodies: readonly Case[] = [
  { request: "POST /items", init: json(item), status: 200, content: { name: "lamp", price: 1.5, tags: [] } },
  {
    request: "POST /items",
    init: { headers: { "content-type": "application/vnd.api+json" }, body: item },
    status: 200,
  },
  {
    request: "POST /items",
    init: json('{"name":"lamp","price":1,"extra":true}'),
    status: 200,
    content: { name: "lamp", price: 1, tags: [] },
  },
  {
    request: "POST /items",
    init: json('{"name":"lamp","price":1,"owner":{"email":"x"}}'),
    status: 422,
    issues: ["body /owner/email"],
  },
  { request: "POST /items", init: json("{}"), status: 422, issues: ["body /name", "body /price"] },
  {
    request: "POST /items",
    init: json('{"name":"lamp","price":"1.5"}'),
    status: 422,
    issues: ["body /price"],
    differs: "Types in JSON",
  },
  { request: "POST /items", status: 422, issues: ["body "] },
  { request: "POST /items", init: json("null"), status: 422, issues: ["body "] },
  {
    request: "POST /items",
    init: json('{"name":'),
    status: 400,
    headers: problemType,
    differs: "JSON that cannot be parsed",
  },
  {
    request: "POST /items",
    init: json('{"name":"lamp","price":NaN}'),
    status: 400,
    differs: "JSON that cannot be parsed",
  },
  {
    request: "POST /items",
    init: { headers: { "content-type": "text/plain" }, body: item },
    status: 415,
    headers: { accept: "application/json" },
    differs: "Content types",
  },
  {
    request: "POST /items",
    init: json('{"name":"a","name":"b","price":1}'),
    status: 200,
    content: { name: "b", price: 1, tags: [] },
  },
  { request: "POST /list", init: json("[3,1]"), status: 200, content: [3, 1] },
  { request: "POST /scalar", init: json("5"), status: 200, content: 5 },
  {
    request: "POST /scalar",
    init: json("9007199254740993"),
    status: 422,
    issues: ["body "],
    differs: "Large integers",
  },
  { request: "POST /weights", init: json('{"1":0.5}'), status: 200, content: { 1: 0.5 } },
  { request: "POST /strict", init: json('{"a":1,"b":2}'), status: 422 },
  {
    request: "POST /both",
    init: json(`{"item":${item},"user":{"id":1,"name":"Ada"}}`),
    status: 200,
    differs: "Several bodies",
  },
  {
    request: "PATCH /items",
    init: json('{"price":2}'),
    status: 200,
    content: ["price", "tags"],
    differs: "Defaults in a `PATCH`",
  },
  {
    request: "POST /everything/x?q=y",
    init: json('{"name":"","price":1}'),
    status: 422,
    issues: ["path /id", "query /q", "body /name"],
    differs: "Error documents",
  },
];

const userText = { id: 1, name: "Ada" };

const responses: readonly Case[] = [
  { request: "/filtered", status: 200, content: userText },
  { request: "/invalid", status: 500, headers: problemType, differs: "Error documents" },
  { request: "/null", status: 200, content: null },
  { request: "/nothing", status: 204, content: "", headers: { "content-type": null }, differs: "Returning nothing" },
  { request: "DELETE /gone", status: 204, content: "", headers: { "content-type": null } },
  { request: "POST /created", status: 201, content: userText },
  {
    request: "/changed",
    status: 203,
    content: "changed",
    headers: { "x-mine": "1", "set-cookie": "a=b; Path=/; Secure; HttpOnly; SameSite=Lax" },
    differs: "Cookies",
  },
  {
    request: "/direct",
    status: 200,
    content: "<a/>",
    headers: { "x-mine": "1", "content-type": "application/xml" },
    differs: "Headers beside a response of one's own",
  },
  { request: "/nan", status: 200, content: { value: null }, differs: "`NaN` in an answer" },
  { request: "/set", status: 500, differs: "Sets and iterators in an answer" },
  { request: "/unicode", status: 200, content: { text: "é" }, headers: { "content-type": "application/json" } },
  { request: "/redirect", status: 307, headers: { location: "/many" } },
  { request: "/accepted", status: 202, content: { job: 1 }, differs: "Further answers" },
  { request: "/openapi.json", status: 200 },
  { request: "/docs", status: 200 },
  { request: "/redoc", status: 200 },
];

const errors: readonly Case[] = [
  {
    request: "/missing",
    status: 404,
    content: { type: "about:blank", title: "Not Found", status: 404, detail: "There is no such item." },
    headers: { ...problemType, "x-error": "here" },
    differs: "Error documents",
  },
  {
    request: "/structured",
    status: 409,
    content: { type: "about:blank", title: "Conflict", status: 409, detail: "taken", holder: { id: 1 } },
    differs: "Error documents",
  },
  {
    request: "/crash",
    status: 500,
    content: { type: "about:blank", title: "Internal Server Error", status: 500 },
    differs: "Error documents",
  },
  { request: "/unicorn", status: 418, content: { message: "yolo" } },
  { request: "/http-unicorn", status: 418, content: { handled: true }, differs: "Handlers for a status" },
  { request: "/ints/x", init: { headers: { "x-own-issues": "1" } }, status: 400, content: { count: 1 } },
];

/** The cases by subject. */
export const fastapiTable: Readonly<Record<string, readonly Case[]>> = {
  routing,
  parameters,
  bodies,
  responses,
  errors,
};
