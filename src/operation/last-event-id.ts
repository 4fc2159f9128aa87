/** `Last-Event-ID` (HTML standard §9.2.4), what a client that comes back has seen last, as a dependency. */

import { dependency, type Dependency } from "../dependencies/dependency.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { StandardResult, StandardSchema } from "../schema/standard-schema.ts";

/** The header of a client that comes back; one that is new sends none. */
export interface LastEventIdHeaders {
  readonly "last-event-id"?: string | undefined;
}

const described: JsonSchema = {
  type: "object",
  properties: {
    "last-event-id": {
      type: "string",
      description: "The id of the last event that was received: the answer goes on after it.",
    },
  },
};

/** Takes any text: a browser that is refused would never come back. */
const headers: StandardSchema<LastEventIdHeaders> = {
  "~standard": {
    version: 1,
    vendor: "apus",
    validate: readHeaders,
    jsonSchema: { input: () => structuredClone(described), output: () => structuredClone(described) },
  },
};

/** What `lastEventId` declares: one optional header. */
export type LastEventIdOptions = { readonly name: string; readonly headers: StandardSchema<LastEventIdHeaders> };

/** The id of the last event that the client has seen, undefined for one that is new: `log.follow({ after: lastEventId })`. */
export const lastEventId: Dependency<string | undefined, LastEventIdOptions> = dependency(
  { name: "lastEventId", headers },
  (input) => {
    const id = input.headers["last-event-id"];
    return id === "" ? undefined : id;
  },
);

function readHeaders(value: unknown): StandardResult<LastEventIdHeaders> {
  const given = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const id = given["last-event-id"];
  return { value: typeof id === "string" ? { "last-event-id": id } : {} };
}
