import { ApiError, UnreachableError } from "../api/client";

/** A failure in words for shoppers. */
export interface Trouble {
  readonly title: string;
  readonly text: string;
  /** Whether the same search may succeed when it is tried again. */
  readonly can_retry: boolean;
}

/** Whether a request ended because a newer one took its place; nothing to tell then. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The one place that turns failures into words. */
export function describeError(error: unknown): Trouble {
  if (error instanceof UnreachableError)
    return {
      title: "The server does not answer",
      text: "Check your connection, then try again.",
      can_retry: true,
    };
  if (error instanceof ApiError) return describeAnswer(error);
  return {
    title: "Something went wrong",
    text: error instanceof Error ? error.message : "Try again.",
    can_retry: true,
  };
}

function describeAnswer(error: ApiError): Trouble {
  switch (error.status) {
    case 400:
    case 415:
      return {
        title: "This photo cannot be read",
        text: "Use a JPEG, PNG, WebP, GIF, HEIC or AVIF picture.",
        can_retry: false,
      };
    case 404:
      return {
        title: "The photo has been forgotten",
        text: "Photos are kept for some minutes only. Choose it once more.",
        can_retry: false,
      };
    case 413:
      return {
        title: "This photo is too large",
        text: "Choose one of at most 32 MiB and 100 megapixels.",
        can_retry: false,
      };
    case 503:
      return {
        title: "Many photos at once",
        text:
          error.retry_after_s === null
            ? "The server is busy. Try again in a moment."
            : `The server is busy. Try again in ${error.retry_after_s} s.`,
        can_retry: true,
      };
    case 504:
      return {
        title: "This photo takes too long to read",
        text: "Choose a smaller one.",
        can_retry: false,
      };
    default:
      return { title: "Something went wrong", text: error.detail, can_retry: true };
  }
}
