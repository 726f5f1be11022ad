#include "cli/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ranges>
#include <unordered_set>

namespace snapshelf {
namespace {

// A detection that covers less of the truth is another thing.
constexpr float kSameThing = 0.3F;
// A detection that counts as right, in the words of AP50.
constexpr float kRightBox = 0.5F;

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
std::vector<ProductMatch> MergedByScore(const Answer& answer) {
  std::vector<std::pair<float, const ProductMatch*>> matches;
  for (const FoundObject& object : answer.objects)
    for (const ProductMatch& match : object.products)
      matches.emplace_back(object.score * match.score, &match);
  std::ranges::stable_sort(matches, std::greater{}, [](const auto& match) { return match.first; });
  std::vector<ProductMatch> merged;
  std::unordered_set<std::string> seen;
  for (const auto& [score, match] : matches)
    if (seen.insert(match->product.id).second) merged.push_back(*match);
  return merged;
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

FoundObject JudgedObject(const Answer& answer, const std::optional<Box>& box) {
  const FoundObject& whole = answer.objects.back();
  if (!box)
    return {.box = whole.box,
            .class_name = whole.class_name,
            .score = whole.score,
            .products = MergedByScore(answer),
            .good_match = {}};
  const auto overlap = [&box](const FoundObject& object) {
    return IntersectionOverUnion(object.box, *box);
  };
  const auto best = std::ranges::max_element(answer.objects, {}, overlap);
  return overlap(*best) >= kSameThing ? *best : whole;
}

std::vector<std::string> RankingFor(const Answer& answer, const std::optional<Box>& box) {
  if (answer.objects.empty()) return {};
  return Ids(JudgedObject(answer, box).products);
}

int FirstHit(std::span<const std::string> ranking, std::span<const std::string> relevant) {
  const auto hit = std::ranges::find_first_of(ranking, relevant);
  return hit == ranking.end() ? 0 : static_cast<int>(hit - ranking.begin()) + 1;
}

std::vector<std::string> CategoryLevels(std::string_view category) {
  constexpr std::string_view kBelow = " > ";
  std::vector<std::string> levels;
  for (auto end = category.find(kBelow); end != std::string_view::npos;
       end = category.find(kBelow, end + kBelow.size()))
    levels.emplace_back(category.substr(0, end));
  levels.emplace_back(category);
  return levels;
}

void Evaluation::Add(const std::vector<std::string>& ranking,
                     const std::vector<std::string>& relevant) {
  ++queries_;
  if (const int rank = FirstHit(ranking, relevant); rank > 0) first_hits_.push_back(rank);
  int right = 0;
  double precision = 0;
  for (std::size_t i = 0; i < ranking.size(); ++i) {
    if (std::ranges::find(relevant, ranking[i]) == relevant.end()) continue;
    ++right;
    precision += static_cast<double>(right) / static_cast<double>(i + 1);
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

void BoxEvaluation::Add(std::span<const FoundObject> found, std::span<const Box> truth) {
  boxes_ += static_cast<int>(truth.size());
  std::vector<Box> missing(truth.begin(), truth.end());
  for (const FoundObject& object : found) {
    const auto best = std::ranges::max_element(
        missing, {}, [&object](const Box& box) { return IntersectionOverUnion(object.box, box); });
    const bool right =
        best != missing.end() && IntersectionOverUnion(object.box, *best) >= kRightBox;
    if (right) missing.erase(best);
    found_.emplace_back(object.score, right);
  }
}

double BoxEvaluation::Ap50() const {
  if (boxes_ == 0) return 0;
  auto found = found_;
  std::ranges::stable_sort(found, std::greater{}, [](const auto& one) { return one.first; });
  std::vector<double> precisions;  // where recall grows
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i].second)
      precisions.push_back(static_cast<double>(precisions.size() + 1) / static_cast<double>(i + 1));
  double best = 0;
  double area = 0;
  for (const double precision : std::views::reverse(precisions)) {
    best = std::max(best, precision);
    area += best;
  }
  return area / boxes_;
}

}  // namespace snapshelf
