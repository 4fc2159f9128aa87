/** nameNetwork(): one name for each network, however its address is written. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameNetwork } from "./client-network.ts";

test("an IPv4 address is its own network, an IPv6 address belongs to its /64", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:ffff::", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["", ""],
    ["not an address", "not an address"],
    ["a:b", "a:b"],
  ];
  for (const [address, expected] of cases) assert.equal(nameNetwork(address), expected, address);
});

test("172 hono edbf6eea: an IPv4 address inside of an IPv6 one is the IPv4 address, in every spelling", () => {
  for (const address of ["::ffff:127.0.0.1", "::FFFF:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:7f00:0001"]) {
    assert.equal(nameNetwork(address), "127.0.0.1", address);
  }
  assert.equal(nameNetwork("::ffff:1.2.3.999"), "::ffff:1.2.3.999");
});
