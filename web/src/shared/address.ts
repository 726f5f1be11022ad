/** Only web addresses: a catalog must not be able to run a script here. */
export function shopAddress(link: string): string | null {
  return /^https?:\/\//i.test(link) ? link : null;
}
