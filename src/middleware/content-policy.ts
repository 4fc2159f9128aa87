/** The `content-security-policy` field (CSP 3 §2.2.1) from text or from an object of directives. */

import { refuseOption } from "../errors/factory-options.ts";

/** The field's text, or its directives: `{ "default-src": ["'self'"], "frame-ancestors": "'none'" }`. */
export type ContentSecurityPolicy = string | Readonly<Record<string, string | readonly string[]>>;

/** Words that mean what they say only in quotes; without them they are names of hosts. */
const keywords: ReadonlySet<string> = new Set([
  "self",
  "none",
  "unsafe-inline",
  "unsafe-eval",
  "unsafe-hashes",
  "wasm-unsafe-eval",
  "strict-dynamic",
  "report-sample",
]);

/** The field's value; `place` names the option, for messages. @throws ApusError APUS_BAD_OPTION */
export function buildContentPolicy(place: string, policy: ContentSecurityPolicy): string {
  if (typeof policy === "string") {
    if (/^[!-~]+(?: [!-~]+)*$/.test(policy)) return policy;
    throw refuseOption(place, policy, "text in one line, or an object of directives");
  }
  if (typeof policy !== "object" || policy === null || Object.keys(policy).length === 0) {
    throw refuseOption(place, policy, `text, or an object such as { "default-src": ["'self'"] }`);
  }
  return Object.entries(policy)
    .map(([name, sources]) => [checkName(place, name), ...checkSources(`${place}["${name}"]`, sources)].join(" "))
    .join("; ");
}

function checkName(place: string, name: string): string {
  if (/^[a-z]+(?:-[a-z]+)*$/.test(name)) return name;
  throw refuseOption(place, name, `an object with directives such as "default-src" for names`);
}

function checkSources(place: string, sources: unknown): readonly string[] {
  const list: unknown[] = Array.isArray(sources) ? sources : [sources];
  return list.flatMap((source) => {
    const words = typeof source === "string" && /^[!-~ ]*$/.test(source) ? source.split(" ") : undefined;
    if (words === undefined || /[;,]/.test(source as string)) {
      throw refuseOption(place, source, "a source, or a list of sources, without ; and ,");
    }
    const bare = words.find((word) => keywords.has(word) || /^(?:nonce|sha(?:256|384|512))-/.test(word));
    if (bare !== undefined) throw refuseOption(place, bare, `in quotes: "'${bare}'"`);
    return words.filter((word) => word !== "");
  });
}
