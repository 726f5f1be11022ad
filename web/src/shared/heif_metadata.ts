// HEIC and AVIF files (ISO/IEC 23008-12 on 14496-12) hold what the camera wrote, as the place, in items of their own. Where
// the browser cannot decode them, so that they cannot be encoded anew, these items are overwritten with zeros.

interface Span {
  readonly begin: number;
  readonly end: number;
}

/** The file without EXIF and XMP; as it is if it is no such file, or has none. */
export async function withoutMetadata(file: Blob): Promise<Blob> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let spans: Span[];
  try {
    spans = metadataOf(new DataView(bytes.buffer));
  } catch (error) {
    if (error instanceof RangeError) return file; // cut off, or no such file: the server will say so
    throw error;
  }
  for (const { begin, end } of spans) bytes.fill(0, begin, end);
  return spans.length === 0 ? file : new Blob([bytes], { type: file.type });
}

function metadataOf(view: DataView): Span[] {
  const file = { begin: 0, end: view.byteLength };
  if (!boxesIn(view, file).has("ftyp")) return [];
  const meta = boxesIn(view, file).get("meta");
  if (meta === undefined) return [];
  const boxes = boxesIn(view, { begin: meta.begin + 4, end: meta.end }); // behind version and flags
  const [info, places] = [boxes.get("iinf"), boxes.get("iloc")];
  if (info === undefined || places === undefined) return [];
  return placesOf(view, places, metadataItems(view, info), boxes.get("idat")?.begin ?? null);
}

/** The contents of the boxes by type; of several of a type the first. */
function boxesIn(view: DataView, { begin, end }: Span): Map<string, Span> {
  const boxes = new Map<string, Span>();
  for (let at = begin; at + 8 <= end; ) {
    const type = typeAt(view, at + 4);
    let size = view.getUint32(at);
    let head = 8;
    if (size === 1) [size, head] = [Number(view.getBigUint64(at + 8)), 16];
    if (size === 0) size = end - at; // to the end
    if (size < head || at + size > end) throw new RangeError(`box ${type} has ${size} bytes`);
    if (!boxes.has(type)) boxes.set(type, { begin: at + head, end: at + size });
    at += size;
  }
  return boxes;
}

function typeAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

/** Ids of the items that are EXIF, or XMP (a "mime" item: pictures have no other). */
function metadataItems(view: DataView, { begin, end }: Span): Set<number> {
  const ids = new Set<number>();
  const first = begin + (view.getUint8(begin) === 0 ? 6 : 8); // a count of two or four bytes
  for (let at = first; at + 8 <= end; at += view.getUint32(at)) {
    const version = view.getUint8(at + 8);
    const id = version === 2 ? view.getUint16(at + 12) : view.getUint32(at + 12);
    const type = typeAt(view, at + (version === 2 ? 16 : 18));
    if (version >= 2 && (type === "Exif" || type === "mime")) ids.add(id);
    if (view.getUint32(at) < 8) throw new RangeError("a box of no size");
  }
  return ids;
}

/** Where the items lie in the file. `idat`: where items begin that lie in the box itself. */
function placesOf(view: DataView, { begin }: Span, ids: ReadonlySet<number>, idat: number | null): Span[] {
  let at = begin;
  const take = (bytes: number): number => {
    at += bytes;
    if (bytes === 0) return 0;
    if (bytes === 8) return Number(view.getBigUint64(at - 8));
    return bytes === 4 ? view.getUint32(at - 4) : bytes === 2 ? view.getUint16(at - 2) : view.getUint8(at - 1);
  };
  const version = take(1);
  take(1);
  take(2);
  const [sizes, more_sizes] = [take(1), take(1)];
  const [offset_size, length_size, base_size] = [sizes >> 4, sizes & 15, more_sizes >> 4];
  const index_size = version === 0 ? 0 : more_sizes & 15;
  const spans: Span[] = [];
  for (let items = take(version < 2 ? 2 : 4); items > 0; items--) {
    const id = take(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : take(2) & 15;
    take(2); // which file: this one
    const base = take(base_size) + (method === 1 ? (idat ?? 0) : 0);
    for (let extents = take(2); extents > 0; extents--) {
      take(index_size);
      const from = base + take(offset_size);
      const span = { begin: from, end: from + take(length_size) };
      if (span.end > view.byteLength) throw new RangeError(`an item ends at ${span.end}`);
      if (ids.has(id)) spans.push(span);
    }
  }
  return spans;
}
