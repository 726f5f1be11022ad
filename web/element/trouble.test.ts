// Proves that failures are told in the reader's words.
import assert from "node:assert/strict";
import { test } from "vitest";

import { codeOfStatus, describe, Trouble } from "./trouble";
import { Words } from "./words";

test("a busy server says when to come back", () => {
  const busy = new Trouble(codeOfStatus(503), 503, "too much to do", 5);
  assert.deepEqual(describe(busy, new Words(["en"])), {
    title: "It is busy right now",
    text: "The server is busy. Try again in 5 seconds.",
  });
  assert.equal(busy.can_retry, true);
});

test("a photo that cannot be read needs another one", () => {
  assert.equal(codeOfStatus(415), "unreadable");
  assert.equal(new Trouble("unreadable", 415, "").can_retry, false);
});

test("what is not known is told as such", () => {
  assert.equal(codeOfStatus(418), "unknown");
  assert.equal(describe(new Trouble("unknown", 418, ""), new Words(["en"])).title, "Something went wrong");
});
