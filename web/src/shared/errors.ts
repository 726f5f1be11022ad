import { ApiError, UnreachableError } from "../api/client";
import { t } from "./locale";

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
  if (error instanceof UnreachableError) {
    const is_offline = globalThis.navigator?.onLine === false;
    return {
      title: t(is_offline ? "offline.title" : "error.unreachable"),
      text: t(is_offline ? "offline.text" : "error.unreachable_text"),
      can_retry: true,
    };
  }
  if (error instanceof ApiError) return describeAnswer(error);
  return {
    title: t("error.unknown"),
    text: t("error.unknown_text"),
    can_retry: true,
  };
}

function describeAnswer(error: ApiError): Trouble {
  switch (error.status) {
    case 400:
      // A parameter is not what this server takes, such as a filter of an old address.
      if (error.fields.some((field) => field !== "photo")) return { title: t("error.unknown"), text: t("filter.nothing_text"), can_retry: false };
      return unreadable();
    case 415:
      return unreadable();
    case 404:
      return forgotten();
    case 413:
      return {
        title: t("error.too_large"),
        text: t("error.too_large_text"),
        can_retry: false,
      };
    case 503:
      return {
        title: t("error.busy"),
        text:
          error.retry_after_s === null
            ? t("error.busy_text")
            : t("error.busy_wait", { seconds: error.retry_after_s }),
        can_retry: true,
      };
    case 504:
      return { title: t("error.slow"), text: t("error.slow_text"), can_retry: false };
    default:
      return { title: t("error.unknown"), text: t("error.unknown_text"), can_retry: true };
  }
}

function unreadable(): Trouble {
  return { title: t("error.unreadable"), text: t("error.unreadable_text"), can_retry: false };
}

function forgotten(): Trouble {
  return { title: t("error.forgotten"), text: t("error.forgotten_text"), can_retry: false };
}
