// The messages of the page's catalog (src/locales) that the element needs; tools/pack_element.py takes only these along.
import type { MessageKey } from "../src/shared/languages";

export const kMessageKeys = [
  "start.heading", "start.choose", "start.take", "start.hint", "start.privacy", "start.drop",
  "nav.new_photo",
  "photo.yours", "photo.not_shown", "photo.things", "photo.select", "photo.hint", "photo.search_for", "photo.area_keys",
  "results.searching", "results.count", "results.closest", "results.announcement", "results.more",
  "results.no_match", "results.no_match_text", "results.nothing", "results.nothing_text", "results.empty",
  "results.retry", "results.other_photo",
  "filter.in_stock",
  "card.best", "card.same_item", "card.very_similar", "card.quite_similar", "card.less_similar", "card.alike",
  "card.out_of_stock", "card.preorder", "card.backorder", "card.approximate", "card.stale_rate", "card.no_rate",
  "class.whole_picture", "class.selection", "class.other", "class.top", "class.bottom", "class.dress", "class.outerwear",
  "class.shoe", "class.bag", "class.hat", "class.accessory", "class.furniture", "class.lamp", "class.kitchen",
  "class.packaged_food", "class.fresh_food", "class.bottle", "class.electronics", "class.toy",
  "error.unreachable", "error.unreachable_text", "error.unknown", "error.unknown_text",
  "error.unreadable", "error.unreadable_text", "error.forgotten", "error.forgotten_text",
  "error.too_large", "error.too_large_text", "error.busy", "error.busy_text", "error.busy_wait",
  "error.slow", "error.slow_text",
] as const satisfies readonly MessageKey[];

export type ElementMessage = (typeof kMessageKeys)[number];
