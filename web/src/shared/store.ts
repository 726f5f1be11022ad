// Small things that the page remembers on the device. Private windows may forbid storage; what is written lasts as
// long as the page then.
export function readStore(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function writeStore(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // see above
  }
}
