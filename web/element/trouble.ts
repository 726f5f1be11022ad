import type { Words } from "./words";

/** Why a search failed. `code` is for programs, the words of describe() for shoppers. */
export type TroubleCode = "unreachable" | "unreadable" | "forgotten" | "too_large" | "busy" | "slow" | "unknown";

/** A failure of a search. */
export class Trouble extends Error {
  constructor(
    readonly code: TroubleCode,
    /** Of the server's answer; null if there was none. */
    readonly status: number | null,
    detail: string,
    readonly retry_after_s: number | null = null,
  ) {
    super(detail);
    this.name = "Trouble";
  }

  /** Whether the same search may succeed when it is tried again. */
  get can_retry(): boolean {
    return this.code === "unreachable" || this.code === "busy" || this.code === "unknown";
  }
}

const kCodes: Readonly<Record<number, TroubleCode>> = {
  400: "unreadable",
  404: "forgotten",
  413: "too_large",
  415: "unreadable",
  503: "busy",
  504: "slow",
};

export function codeOfStatus(status: number): TroubleCode {
  return kCodes[status] ?? "unknown";
}

export function describe(trouble: Trouble, words: Words): { title: string; text: string } {
  const title = words.t(`error.${trouble.code}`);
  if (trouble.code === "busy" && trouble.retry_after_s !== null)
    return { title, text: words.t("error.busy_wait", { seconds: trouble.retry_after_s }) };
  return { title, text: words.t(`error.${trouble.code}_text`) };
}
