/** The guard: what is public, in every form that carries an address. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddressGuard } from "./address-guard.ts";

const guard = parseAddressGuard({});

test("public addresses are allowed", () => {
  const addresses = [
    "1.1.1.1",
    "93.184.215.14",
    "11.0.0.1",
    "100.128.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "223.255.255.1",
  ];
  for (const address of addresses) assert.equal(guard.allowsAddress(address), true, address);
  for (const address of ["2606:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:1.1.1.1", "64:ff9b::101:101"]) {
    assert.equal(guard.allowsAddress(address), true, address);
  }
});

test("all others are not, in whichever form", () => {
  const private4 = [
    "0.0.0.0",
    "0.1.2.3",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.251",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
  ];
  for (const address of private4) {
    const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
    const high = (a * 256 + b).toString(16);
    const low = (c * 256 + d).toString(16);
    const forms = [
      address,
      `::ffff:${address}`,
      `::ffff:${high}:${low}`,
      `64:ff9b::${address}`,
      `64:ff9b::${high}:${low}`,
    ];
    forms.push(`2002:${high}:${low}::`, `::${address}`, `::ffff:0:${address}`, `64:ff9b:1::${address}`);
    for (const form of forms) assert.equal(guard.allowsAddress(form), false, form);
  }
  const private6 = [
    "::",
    "::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "4000::1",
  ];
  for (const address of private6) assert.equal(guard.allowsAddress(address), false, address);
  for (const text of ["", "localhost", "1.1.1", "01.1.1.1", "1.1.1.1:80", "[::1]"]) {
    assert.equal(guard.allowsAddress(text), false, text);
  }
});

test("lists of our own: denied counts more than allowed", () => {
  const own = parseAddressGuard({
    allow: ["10.1.0.0/16", "fd00::/8"],
    deny: ["1.1.1.1", "10.1.2.0/24"],
    ports: [8080],
  });
  for (const address of ["10.1.1.1", "::ffff:10.1.1.1", "fd00::1", "8.8.8.8"]) {
    assert.equal(own.allowsAddress(address), true, address);
  }
  for (const address of ["1.1.1.1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "10.1.2.3", "10.2.0.1"]) {
    assert.equal(own.allowsAddress(address), false, address);
  }
  assert.equal(own.allowsUrl(new URL("http://example.com:8080/")), true);
  assert.equal(own.allowsUrl(new URL("http://example.com/")), false);
});

test("options that mean nothing are refused", () => {
  for (const options of [{ allow: ["x"] }, { deny: ["10.0.0.0/33"] }, { deny: ["10.0.0.0/x"] }, { ports: [0] }]) {
    assert.throws(() => parseAddressGuard(options), { code: "APUS_BAD_OPTION" });
  }
});
