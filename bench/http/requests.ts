/** The requests of every scenario as bytes, with the answer that each of them must get. */

/** A request and its answer; `expected` is the JSON value of the body. */
export interface Exchange {
  readonly name: string;
  readonly bytes: string;
  readonly status: number;
  readonly expected: unknown;
}

const hostLine = "host: 127.0.0.1\r\n";
// What a browser or an HTTP client sends with every request; a server has to read past it.
const usualLines = "user-agent: apus-bench/1.0\r\naccept: application/json\r\naccept-encoding: identity\r\n";

/** A GET request as bytes. */
export function encodeGet(target: string): string {
  return `GET ${target} HTTP/1.1\r\n${hostLine}${usualLines}\r\n`;
}

/** A POST request with JSON as bytes. */
export function encodePost(target: string, value: unknown): string {
  const body = JSON.stringify(value);
  const lines = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return `POST ${target} HTTP/1.1\r\n${hostLine}${usualLines}${lines}\r\n${body}`;
}

/** The head of an upload of that many bytes. */
export function encodeUpload(length: number): string {
  const lines = `content-type: application/octet-stream\r\ncontent-length: ${length}\r\n`;
  return `POST /upload HTTP/1.1\r\n${hostLine}${usualLines}${lines}\r\n`;
}

/** A multipart form with one file of that many bytes, which go between its head and its tail. */
export function encodeMultipart(
  target: string,
  bodyBytes: number,
): { readonly head: string; readonly tail: string; readonly bodyBytes: number } {
  const boundary = "----bench-boundary-0123456789";
  const part = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="large.bin"\r\ncontent-type: application/octet-stream\r\n\r\n`;
  const tail = `\r\n--${boundary}--\r\n`;
  const lines = `content-type: multipart/form-data; boundary=${boundary}\r\ncontent-length: ${part.length + bodyBytes + tail.length}\r\n`;
  return { head: `POST ${target} HTTP/1.1\r\n${hostLine}${usualLines}${lines}\r\n${part}`, tail, bodyBytes };
}

/** A WebSocket's handshake (RFC 6455 §4.1). */
export function encodeHandshake(target: string): string {
  const lines =
    "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  return `GET ${target} HTTP/1.1\r\n${hostLine}${usualLines}${lines}\r\n`;
}

/** The head of a JSON body of that many bytes, which may take its time. */
export function encodeTrickle(target: string, length: number): string {
  const lines = `content-type: application/json\r\ncontent-length: ${length}\r\n`;
  return `POST ${target} HTTP/1.1\r\n${hostLine}${usualLines}${lines}\r\n`;
}

/** The body of `POST /items`: eight fields that fit. */
export const item = {
  name: "Swift",
  sku: "APUS-001",
  price: 12.5,
  quantity: 3,
  active: true,
  category: "tool",
  tags: ["red", "green"],
  size: { width: 4, height: 2.5 },
};

function get(name: string, target: string, expected: unknown): Exchange {
  return { name, bytes: encodeGet(target), status: 200, expected };
}

export const json: Exchange = get("json", "/json", { hello: "world" });

export const users: Exchange = get("users", "/users/42?page=2&tags=a&tags=b", { id: 42, page: 2, tags: ["a", "b"] });

export const items: Exchange = {
  name: "items",
  bytes: encodePost("/items", item),
  status: 200,
  expected: { id: 1, ...item },
};

/** The same answer, for which three other functions run before the handler. */
export const threeUsed: Exchange = get("three", "/three", { hello: "world" });

/** The three that everything is compared by. */
export const mainExchanges: readonly Exchange[] = [json, users, items];

/** A row of PostgreSQL's own table of types, which every database has. */
export const typeRow: Exchange = get("row", "/types/23", { id: 23, name: "int4" });

/** The same in a transaction. */
export const typeRowWithin: Exchange = get("row within", "/types-within/23", { id: 23, name: "int4" });

/** About two milliseconds of CPU time. */
export const work: Exchange = get("work", "/work", { worked: true });

export const waitOneSecond: Exchange = get("wait", "/wait/1", { waited: 1 });

/** Requests that spread over many declared routes. */
export function routeExchanges(routes: number): readonly Exchange[] {
  return Array.from({ length: 20 }, (_, index) => {
    const part = Math.floor(((index + 0.5) * routes) / 20);
    return get(`route ${part}`, `/part${part}/items/${index}`, { part, id: index });
  });
}

/** A list of that many rows, without what only the server knows. */
export function listExchange(count: number): Exchange {
  const rows = Array.from({ length: count }, (_, index) => ({
    id: index,
    name: `Item number ${index}`,
    price: index / 4,
    active: index % 3 === 0,
    tags: ["red", "green"],
  }));
  return get(`list of ${count}`, `/list/${count}`, rows);
}

/** What a server that validates must refuse with a 4xx. */
export const refused: readonly Pick<Exchange, "name" | "bytes">[] = [
  { name: "a path parameter that is no integer", bytes: encodeGet("/users/abc?page=2&tags=a&tags=b") },
  { name: "a query without what is required", bytes: encodeGet("/users/42?tags=a&tags=b") },
  { name: "a query below its minimum", bytes: encodeGet("/users/42?page=0&tags=a&tags=b") },
  { name: "a body with a field of the wrong type", bytes: encodePost("/items", { ...item, price: "much" }) },
  { name: "a body without a field", bytes: encodePost("/items", { ...item, size: { width: 4 } }) },
];
