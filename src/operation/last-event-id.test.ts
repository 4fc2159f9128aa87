/** `lastEventId` takes whatever a client says, and describes its header. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { lastEventId } from "./last-event-id.ts";

test("any text is taken, nothing is refused", async () => {
  const { validate } = lastEventId.options.headers["~standard"];
  const read = async (headers: unknown): Promise<unknown> => {
    const result = await validate(headers);
    assert.equal(result.issues, undefined);
    return lastEventId.provide({ headers: (result as { value: object }).value } as never);
  };
  assert.equal(await read({ "last-event-id": "a-1" }), "a-1");
  assert.equal(await read({ "last-event-id": "" }), undefined);
  assert.equal(await read({}), undefined);
  assert.equal(await read({ "last-event-id": 5 }), undefined);
  assert.equal(await read(undefined), undefined);
});
