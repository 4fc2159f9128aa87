/** Requests for a host of the test's choice, at every edge: `fetch` would write the one that it connects to. */

import type { TestClient } from "apus/testing";
import { exchange } from "./raw-connection.ts";

export interface NamedHostRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface NamedHostAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends a request without content; redirects are not followed. */
export async function askHost(
  client: TestClient<any>,
  host: string,
  { method = "GET", path = "/", headers = {} }: NamedHostRequest = {},
): Promise<NamedHostAnswer> {
  if (client.baseUrl === "http://testserver") {
    const answer = await client.fetch(path, { method, headers: { ...headers, host }, redirect: "manual" });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }
  const lines = Object.entries({ host, connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return exchange(client.baseUrl, `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, { head: method === "HEAD" });
}
