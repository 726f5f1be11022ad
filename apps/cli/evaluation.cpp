#include "cli/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace snapshelf {
namespace {

// A detection that covers less of the truth is another thing.
constexpr float kSameThing = 0.3F;

Result<TruthRow> ParseRow(const std::string& line, const std::filesystem::path& folder) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("photo") || !json["photo"].is_string())
    return Fail(Code::kInvalidArgument, "not an object with a \"photo\"");
  TruthRow row{.photo = folder / json["photo"].get<std::string>(), .box = {}, .relevant = {}};
  if (!json.contains("relevant") || !json["relevant"].is_array() || json["relevant"].empty())
    return Fail(Code::kInvalidArgument, "\"relevant\" is not a list of product ids");
  for (const auto& id : json["relevant"]) {
    if (!id.is_string())
      return Fail(Code::kInvalidArgument, "\"relevant\" is not a list of product ids");
    row.relevant.push_back(id.get<std::string>());
  }
  if (json.contains("box") && !json["box"].is_null()) {
    const auto& box = json["box"];
    const bool four_numbers = box.is_array() && box.size() == 4 &&
                              std::ranges::all_of(box, [](const auto& v) { return v.is_number(); });
    if (!four_numbers) return Fail(Code::kInvalidArgument, "\"box\" is not [x, y, w, h]");
    row.box = {.x = box[0].get<float>(),
               .y = box[1].get<float>(),
               .width = box[2].get<float>(),
               .height = box[3].get<float>()};
  }
  return row;
}

std::vector<std::string> Ids(const std::vector<ProductMatch>& matches) {
  std::vector<std::string> ids;
  ids.reserve(matches.size());
  for (const ProductMatch& match : matches) ids.push_back(match.product.id);
  return ids;
}

/// A match counts as much as its object: an unsure box must not outrank the whole picture.
std::vector<std::string> MergedByScore(const Answer& answer) {
  std::vector<std::pair<float, const ProductMatch*>> matches;
  for (const FoundObject& object : answer.objects)
    for (const ProductMatch& match : object.products)
      matches.emplace_back(object.score * match.score, &match);
  std::ranges::stable_sort(matches, std::greater{}, [](const auto& match) { return match.first; });
  std::vector<std::string> ids;
  std::unordered_set<std::string> seen;
  for (const auto& [score, match] : matches)
    if (seen.insert(match->product.id).second) ids.push_back(match->product.id);
  return ids;
}

}  // namespace

Result<std::vector<TruthRow>> ReadTruth(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file)
    return Fail(Code::kNotFound, fmt::format("truth file {}: cannot be opened", path.string()));
  std::vector<TruthRow> rows;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto row = ParseRow(line, path.parent_path());
    if (!row) return Annotate(fmt::format("{}:{}", path.string(), number), std::move(row).error());
    rows.push_back(std::move(*row));
  }
  if (rows.empty())
    return Fail(Code::kInvalidArgument, fmt::format("truth file {}: has no rows", path.string()));
  return rows;
}

std::vector<std::string> RankingFor(const Answer& answer, const std::optional<Box>& box) {
  if (answer.objects.empty()) return {};
  if (!box) return MergedByScore(answer);
  const auto overlap = [&box](const FoundObject& object) {
    return IntersectionOverUnion(object.box, *box);
  };
  const auto best = std::ranges::max_element(answer.objects, {}, overlap);
  return Ids(overlap(*best) >= kSameThing ? best->products : answer.objects.back().products);
}

void Evaluation::Add(const std::vector<std::string>& ranking,
                     const std::vector<std::string>& relevant) {
  ++queries_;
  int right = 0;
  double precision = 0;
  for (std::size_t i = 0; i < ranking.size(); ++i) {
    if (std::ranges::find(relevant, ranking[i]) == relevant.end()) continue;
    ++right;
    const int rank = static_cast<int>(i) + 1;
    if (right == 1) first_hits_.push_back(rank);
    precision += static_cast<double>(right) / rank;
  }
  if (!relevant.empty()) precision_sum_ += precision / static_cast<double>(relevant.size());
}

double Evaluation::RecallAt(int k) const {
  if (queries_ == 0) return 0;
  const auto hits = std::ranges::count_if(first_hits_, [k](int rank) { return rank <= k; });
  return static_cast<double>(hits) / queries_;
}

double Evaluation::Map() const {
  return queries_ == 0 ? 0 : precision_sum_ / queries_;
}

}  // namespace snapshelf
