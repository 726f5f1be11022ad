// Proves that every failure has words, and that only what may pass offers another try.
import assert from "node:assert/strict";
import { test } from "vitest";

import { ApiError, UnreachableError } from "../api/client";
import { describeError, isAbort } from "./errors";

test("an unreachable server can be tried again", () => {
  const trouble = describeError(new UnreachableError());
  assert.match(trouble.title, /does not answer/);
  assert.equal(trouble.can_retry, true);
});

test("a busy server says when to come back", () => {
  assert.match(describeError(new ApiError(503, "queue full", 2)).text, /in 2 s/);
  assert.match(describeError(new ApiError(503, "queue full", null)).text, /in a moment/);
});

test("what is no image is not tried again", () => {
  const trouble = describeError(new ApiError(400, "not an image", null));
  assert.match(trouble.title, /cannot be read/);
  assert.equal(trouble.can_retry, false);
});

test("a parameter that is refused is not the photo's fault", () => {
  assert.doesNotMatch(describeError(new ApiError(400, "price_max is wrong", null, ["price_max"])).title, /photo/);
  assert.match(describeError(new ApiError(400, "no image", null, ["photo"])).title, /photo/);
});

test("an unknown failure is told in the reader's words, not the server's", () => {
  const trouble = describeError(new ApiError(500, "disk is gone", null));
  assert.deepEqual(trouble, { title: "Something went wrong", text: "Try again.", can_retry: true });
});

test("a request that was replaced is no failure", () => {
  assert.equal(isAbort(new DOMException("", "AbortError")), true);
  assert.equal(isAbort(new TypeError("")), false);
});
