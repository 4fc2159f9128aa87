/** Offers of compression (RFC 7692 §7.1): those that are taken, left alone, and malformed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadWs } from "./load-ws.ts";
import { negotiateDeflate } from "./negotiate-deflate.ts";

const own = "server_no_context_takeover; client_no_context_takeover";

test("keeps no window between messages", async () => {
  const ws = await loadWs("A test");
  const agree = (field: string): string | undefined => negotiateDeflate(ws, field, 1_000)?.line;
  assert.equal(agree("permessage-deflate"), `permessage-deflate; ${own}`);
  assert.equal(agree("x-other, permessage-deflate; client_max_window_bits"), `permessage-deflate; ${own}`);
  assert.equal(
    agree("permessage-deflate; server_max_window_bits=99, permessage-deflate; server_max_window_bits=12"),
    `permessage-deflate; server_max_window_bits=12; ${own}`,
  );
  for (const field of ["", "x-other", "permessage-deflate; server_max_window_bits=99", "permessage-deflate; a=1"]) {
    if (field !== "") assert.equal(agree(field), undefined, field);
  }
  for (const field of ["permessage-deflate;;", "permessage-deflate; =", ","]) {
    assert.throws(() => agree(field), { status: 400 }, field);
  }
});
