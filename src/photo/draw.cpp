#include "photo/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "photo/canvas.h"
#include "photo/resize.h"

namespace snapshelf {
namespace {

// Sizes in pixels of the sheet.
constexpr int kMargin = 28;
constexpr int kPhotoWidth = 480;
constexpr int kThumbnail = 150;
constexpr int kGap = 14;          // between thumbnails
constexpr int kTitleHeight = 30;  // of a row: number and caption
constexpr int kLineHeight = 16;   // of a caption
constexpr int kCaptionHeight = 2 * kLineHeight + 8;
constexpr int kRowGap = 22;
constexpr int kBadge = 22;
constexpr int kTitleWidthMin = 3 * kThumbnail;  // a row without matches still shows its caption
constexpr float kRadius = 8;
constexpr Colour kWhite = {255, 255, 255};
constexpr Colour kInk = {38, 42, 51};
constexpr Colour kGrey = {112, 118, 130};
constexpr Colour kHairline = {226, 229, 234};

/// Colours that stay apart for colour-blind eyes (Okabe and Ito 2008, darkened to carry white
/// digits); repeated after eight rows, where the number still tells.
Colour RowColour(std::size_t row) {
  constexpr std::array<Colour, 8> kColours = {{{0, 114, 178},
                                               {213, 94, 0},
                                               {0, 140, 104},
                                               {188, 88, 146},
                                               {166, 118, 0},
                                               {52, 138, 192},
                                               {110, 80, 170},
                                               {90, 96, 104}}};
  return kColours[row % kColours.size()];
}

/// The size of a picture fitted into width x height (0: any height), never zero.
Area Fitted(int picture_width, int picture_height, int width, int height) {
  double scale = static_cast<double>(width) / picture_width;
  if (height > 0) scale = std::min(scale, static_cast<double>(height) / picture_height);
  return {.width = std::max(1, static_cast<int>(std::lround(picture_width * scale))),
          .height = std::max(1, static_cast<int>(std::lround(picture_height * scale)))};
}

void DrawBadge(Canvas& canvas, std::size_t row, int left, int top) {
  const Area disc = {.left = left, .top = top, .width = kBadge, .height = kBadge};
  canvas.Fill(disc, kWhite, kBadge / 2.0F);
  canvas.Fill({.left = left + 1, .top = top + 1, .width = kBadge - 2, .height = kBadge - 2},
              RowColour(row), kBadge / 2.0F - 1);
  const TextMask number = RenderText(std::to_string(row + 1), {.size = 13, .bold = true});
  canvas.Write(number, left + (kBadge - number.width) / 2, top + (kBadge - number.height) / 2,
               kWhite);
}

void DrawPhoto(Canvas& canvas, const Photo& photo, const std::vector<SheetRow>& rows,
               const Area& area) {
  canvas.Put(CropAndFit(photo, WholeBox(photo), area.width, area.height, Fit::kStretch, kWhite),
             area.left, area.top, kRadius);
  const float scale = static_cast<float>(area.width) / static_cast<float>(photo.width);
  for (std::size_t row = rows.size(); row-- > 0;) {  // the first row ends on top
    const Box box = Clip(rows[row].box, photo.width, photo.height);
    if (box.width <= 0 || box.height <= 0) continue;
    const Area frame = {.left = area.left + static_cast<int>(std::lround(box.x * scale)),
                        .top = area.top + static_cast<int>(std::lround(box.y * scale)),
                        .width = std::max(4, static_cast<int>(std::lround(box.width * scale))),
                        .height = std::max(4, static_cast<int>(std::lround(box.height * scale)))};
    canvas.Frame(frame, kWhite, kRadius, 4.5F);  // a light edge keeps the line clear on any ground
    canvas.Frame(frame, RowColour(row), kRadius, 3);
    DrawBadge(canvas, row, frame.left + 7, frame.top + 7);
  }
}

/// The name in ink, what a second line says in grey.
void DrawCaption(Canvas& canvas, std::string_view caption, int left, int top) {
  const std::size_t end = caption.find('\n');
  const std::string_view first = caption.substr(0, end);
  canvas.Write(RenderText(std::string(first), {.size = 11, .width_max = kThumbnail}), left, top,
               kInk);
  if (end == std::string_view::npos) return;
  const std::string_view second = caption.substr(end + 1);
  canvas.Write(RenderText(std::string(second), {.size = 11, .width_max = kThumbnail}), left,
               top + kLineHeight, kGrey);
}

void DrawMatch(Canvas& canvas, const SheetRow::Match& match, int left, int top) {
  const Area tile = {.left = left, .top = top, .width = kThumbnail, .height = kThumbnail};
  const Image& picture = match.picture;
  if (picture.width > 0 && picture.height > 0) {
    const Area fitted = Fitted(picture.width, picture.height, kThumbnail, kThumbnail);
    const Photo whole = {.image = picture, .width = picture.width, .height = picture.height};
    canvas.Put(
        CropAndFit(whole, WholeBox(whole), fitted.width, fitted.height, Fit::kStretch, kWhite),
        left + (kThumbnail - fitted.width) / 2, top + (kThumbnail - fitted.height) / 2,
        fitted.width == fitted.height ? kRadius : 0);
  }
  canvas.Frame(tile, kHairline, kRadius, 1);
  DrawCaption(canvas, match.caption, left, top + kThumbnail + 7);
}

void DrawRow(Canvas& canvas, const SheetRow& row, std::size_t index, const Area& area) {
  DrawBadge(canvas, index, area.left, area.top);
  const TextMask title = RenderText(
      row.caption, {.size = 14, .bold = true, .width_max = area.width - kBadge - kGap / 2});
  canvas.Write(title, area.left + kBadge + kGap / 2, area.top + (kBadge - title.height) / 2, kInk);
  int left = area.left;
  for (const SheetRow::Match& match : row.matches) {
    DrawMatch(canvas, match, left, area.top + kTitleHeight);
    left += kThumbnail + kGap;
  }
}

int RowHeight(const SheetRow& row) {
  return kTitleHeight + (row.matches.empty() ? 0 : kThumbnail + kCaptionHeight) + kRowGap;
}

}  // namespace

Image DrawSheet(const Photo& photo, const std::vector<SheetRow>& rows) {
  Area photo_area = Fitted(photo.width, photo.height, kPhotoWidth, 0);
  photo_area.left = photo_area.top = kMargin;
  int rows_width = rows.empty() ? 0 : kTitleWidthMin;
  int rows_height = 0;
  for (const SheetRow& row : rows) {
    const int matches = static_cast<int>(row.matches.size());
    rows_width = std::max(rows_width, matches * (kThumbnail + kGap) - kGap);
    rows_height += RowHeight(row);
  }
  if (!rows.empty()) rows_height -= kRowGap;
  const int right = photo_area.width + (rows.empty() ? 0 : kMargin + rows_width);
  Canvas canvas(right + 2 * kMargin, std::max(photo_area.height, rows_height) + 2 * kMargin);
  DrawPhoto(canvas, photo, rows, photo_area);
  Area area = {.left = photo_area.left + photo_area.width + kMargin,
               .top = kMargin,
               .width = rows_width,
               .height = 0};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    area.height = RowHeight(rows[row]);
    DrawRow(canvas, rows[row], row, area);
    area.top += area.height;
  }
  return std::move(canvas).Release();
}

}  // namespace snapshelf
