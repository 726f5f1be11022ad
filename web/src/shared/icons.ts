// The page's drawings, in a field of 20 by 20, drawn by strokes.
const kSvg = "http://www.w3.org/2000/svg";

const kPaths = {
  camera: "M2.5 7.5a2 2 0 0 1 2-2h2l1.2-2h4.6l1.2 2h2a2 2 0 0 1 2 2V14a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2zM10 7.500a3 3 0 1 0 0 6a3 3 0 1 0 0-6",
  close: "M5 5l10 10M15 5 5 15",
  compare: "M3 4h5.500v12H3zM11.5 4H17v12h-5.500z",
  filter: "M3 6h8M15 6h2M3 14h2M9 14h8M13 4a2 2 0 1 0 0 4a2 2 0 1 0 0-4M7 12a2 2 0 1 0 0 4a2 2 0 1 0 0-4",
  heart: "M10 16.5 3.9 10.400a3.9 3.9 0 0 1 5.5-5.500l.6.6.6-.6a3.9 3.9 0 0 1 5.5 5.500z",
  minus: "M4 10h12",
  move: "M10 3v14M3 10h14M10 3 8 5M10 3l2 2M10 17l-2-2M10 17l2-2M3 10l2-2M3 10l2 2M17 10l-2-2M17 10l-2 2",
  plus: "M10 4v12M4 10h12",
  search: "M8.500 3a5.500 5.500 0 1 0 0 11a5.500 5.500 0 1 0 0-11M12.500 12.500 17 17",
  share: "M10 12V3M10 3 6.5 6.500M10 3l3.5 3.500M5 9.500H4V17h12V9.500h-1",
  similar: "M3 6.500h10V17H3zM6.5 6V3H17v10.500h-3.5",
  torch: "M11 2.5 4.5 11H9l-.5 6.500L15.5 9H11z",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 10.500h6.600L14 6",
} as const;

export type IconName = keyof typeof kPaths;

/** A drawing beside words, or in a button that has a label: it says nothing by itself. */
export function icon(name: IconName): SVGElement {
  const root = document.createElementNS(kSvg, "svg");
  root.setAttribute("viewBox", "0 0 20 20");
  root.setAttribute("aria-hidden", "true");
  root.classList.add("icon");
  const path = document.createElementNS(kSvg, "path");
  path.setAttribute("d", kPaths[name]);
  root.append(path);
  return root;
}
