/** docs/forms.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClientError } from "apus/client";
import { testClient } from "apus/testing";
import type * as api from "./forms.ts";
import { app } from "./forms.ts";

const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(92)]);

// #region client
test("a photo is uploaded", async () => {
  await using client = await testClient<typeof api>(app);
  const photo = await client.post("/photos", {
    form: { title: "A swift" },
    files: { image: new File([png], "swift.png") },
  });
  assert.deepEqual(photo, { title: "A swift", name: "swift.png", size: 100 });
});
// #endregion client

describe("docs/forms.md", () => {
  const problemOf = async (call: Promise<unknown>): Promise<Record<string, unknown>> => {
    const error = await call.then(
      () => assert.fail("it was accepted"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ClientError);
    return error.problem as unknown as Record<string, unknown>;
  };

  test("what is refused, and how it is told", async () => {
    await using client = await testClient<typeof api>(app);
    const send = (title: string, image: Blob): Promise<unknown> =>
      client.post("/photos", { form: { title }, files: { image } });
    const place = { in: "form", pointer: "/image" };
    const { detail: _, type: __, title: ___, ...wrong } = await problemOf(send("x", new File(["GIF89a"], "a.png")));
    assert.deepEqual(wrong, { status: 415, code: "file-type", ...place });
    const large = await problemOf(send("x", new Blob([png, Buffer.alloc(5_000_000)])));
    assert.deepEqual([large["status"], large["code"], large["limit"]], [413, "file-too-large", 5_000_000]);
    const invalid = await problemOf(send("", new Blob([png])));
    assert.deepEqual([invalid["status"], (invalid["errors"] as unknown[]).length], [422, 1]);
  });

  test("the kinds of files", async () => {
    await using client = await testClient<typeof api>(app);
    const pdf = new Blob(["%PDF-1.7"]);
    const least = await client.post("/applications", {
      form: { name: "A" },
      files: { letter: pdf, papers: [new File(["x"], "a.txt"), new File(["y"], "b.txt")] },
    });
    assert.deepEqual(least, { name: "A", letter: 8, portrait: null, papers: ["a.txt", "b.txt"] });
    const none = await problemOf(
      client.post("/applications", { form: { name: "A" }, files: { letter: pdf, papers: [] } }),
    );
    assert.deepEqual(none["errors"], [
      { in: "form", pointer: "/papers", message: "must have at least 1 files", code: "too_small" },
    ]);
  });

  test("streams", async () => {
    await using client = await testClient<typeof api>(app);
    const rows = new File(["a;b;c\n".repeat(10_000)], "rows.csv", { type: "text/csv" });
    assert.deepEqual(await client.post("/imports", { form: { separator: ";" }, files: { rows } }), {
      bytes: 60_000,
      separators: 20_000,
    });
    const parts = [new Blob(["1"]), new Blob(["2"]), new Blob(["3"])];
    assert.deepEqual(await client.post("/backups", { files: { parts } }), { count: 3 });
  });

  test("JSON fields", async () => {
    await using client = await testClient<typeof api>(app);
    const place = { latitude: 48.1, longitude: 11.6 };
    assert.deepEqual(
      await client.post("/pins", { form: { caption: "x", place }, files: { image: new Blob(["x"]) } }),
      place,
    );
    const form = new FormData();
    form.append("caption", "x");
    form.append("place", JSON.stringify(place));
    form.append("image", new Blob(["x"]));
    assert.deepEqual(await (await client.fetch("/pins", { method: "POST", body: form })).json(), place);
  });
});
