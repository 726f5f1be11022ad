#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "base/check.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/open_shop.h"
#include "cli/sheet.h"
#include "pipeline/find_products.h"
#include "server/answer_json.h"

namespace snapshelf {
namespace {

struct SearchArguments {
  std::filesystem::path photo;
  std::filesystem::path draw;
  int k = 5;
  std::vector<float> box;
  bool whole = false;
  bool json = false;
};

std::string Percent(const std::optional<float>& share) {
  return share ? fmt::format("{:.0f} %", 100 * *share) : std::string();
}

void Print(const Answer& answer, const std::filesystem::path& photo) {
  fmt::print("{}  {}x{}\n", photo.string(), answer.width, answer.height);
  for (const FoundObject& object : answer.objects) {
    fmt::print("\n{}  {:.2f}  box {:.0f},{:.0f} {:.0f}x{:.0f}\n", object.class_name, object.score,
               object.box.x, object.box.y, object.box.width, object.box.height);
    if (object.good_match == false && !object.products.empty())
      fmt::print("  No good match. The closest, with cosine and likeness:\n");
    for (const ProductMatch& match : object.products) {
      const auto& price = match.product.price;
      fmt::print("  {:6.3f}  {:>5}  {:<20}  {}  {}{}\n", match.score, Percent(match.likeness),
                 match.product.id, match.product.Title(),
                 price ? FormatAmount(*price) + " " + price->currency : "-",
                 match.same_item ? "  same item" : "");
    }
  }
}

Status Search(const CommonOptions& common, const SearchArguments& arguments) {
  const auto bytes = ReadBytes(arguments.photo);
  if (!bytes) return std::unexpected(bytes.error());
  const auto opened = OpenedShop::Open(common, Access::kRead, RunMode::kLatency);
  if (!opened) return std::unexpected(opened.error());

  PhotoCache photos(std::size_t{1} << 30, std::chrono::minutes(1), std::chrono::steady_clock::now);
  const ProductFinder finder((*opened)->shops(), photos);
  ProductQuery query{.k = arguments.k, .whole_only = arguments.whole};
  if (!arguments.box.empty())
    query.box = {.x = arguments.box[0],
                 .y = arguments.box[1],
                 .width = arguments.box[2],
                 .height = arguments.box[3]};
  const auto answer = finder.FindByPhoto(*bytes, query);
  if (!answer) return Annotate(arguments.photo.string(), answer.error());

  if (!arguments.draw.empty()) {
    SNAPSHELF_RETURN_IF_ERROR(
        DrawAnswer(*(*opened)->shops().Get(), *bytes, *answer, arguments.draw));
    if (!arguments.json)
      fmt::print("{}: the photo with its boxes and matches\n\n", arguments.draw.string());
  }
  if (arguments.json) {
    fmt::print("{}\n", AnswerJson(*answer, query));
  } else {
    Print(*answer, arguments.photo);
  }
  return {};
}

}  // namespace

void AddSearch(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const command =
      app.add_subcommand("search", "Find the products that look like the things in a photo");
  auto arguments = std::make_shared<SearchArguments>();
  command->add_option("photo", arguments->photo, "JPEG, PNG, WebP, GIF, HEIC or AVIF")->required();
  command->add_option("-k", arguments->k, "Products per object [5]");
  command
      ->add_option("--box", arguments->box,
                   "Only this part: x,y,w,h in pixels of the upright photo")
      ->delimiter(',')
      ->expected(4);
  command->add_flag("--whole", arguments->whole, "The whole picture only, without detection");
  command->add_option("--draw", arguments->draw,
                      "Write the photo with boxes next to its matches to this JPEG file");
  command->add_flag("--json", arguments->json, "Print what POST /v1/search answers");
  command->footer(
      "Example:\n  snapshelf search demo/photos/photo-01.jpg --data my-shop --draw found.jpg");
  command->callback([&common, arguments, &action] {
    action = [&common, arguments] { return Search(common, *arguments); };
  });
}

}  // namespace snapshelf
