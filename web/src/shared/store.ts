// Small things that the page remembers on the device, or for this tab alone. Private windows may forbid storage; what is
// written lasts as long as the page then.
export function readStore(name: string): string | null {
  return read(() => localStorage, name);
}

export function writeStore(name: string, value: string): void {
  write(() => localStorage, name, value);
}

/** For a reload, or the way back from another page. */
export function readTabStore(name: string): string | null {
  return read(() => sessionStorage, name);
}

export function writeTabStore(name: string, value: string): void {
  write(() => sessionStorage, name, value);
}

// Where storage is forbidden, even naming it throws.
function read(storage: () => Storage, name: string): string | null {
  try {
    return storage().getItem(name);
  } catch {
    return null;
  }
}

function write(storage: () => Storage, name: string, value: string): void {
  try {
    storage().setItem(name, value);
  } catch {
    // see above
  }
}
