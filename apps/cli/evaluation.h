#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/find_products.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// A query with its right answers: {"photo": path, "box": [x,y,w,h] or absent, "relevant": [product
/// ids]}.
struct TruthRow {
  std::filesystem::path photo;  ///< absolute, or relative to the working folder
  std::optional<Box> box;       ///< pixels of the upright photo
  std::vector<std::string> relevant;
};

/// Reads JSON lines; photos are relative to the file. errors: kNotFound, kInvalidArgument
/// (file:line and what is wrong).
[[nodiscard]] Result<std::vector<TruthRow>> ReadTruth(const std::filesystem::path& path);

/// What a query of the truth is judged by. With a box: the object that overlaps it best (IoU of .3
/// at least; else the whole picture, which is what a shopper is left with). Without: the whole
/// picture with the products of all objects together, by score of the object times likeness, each
/// product once. `answer` has objects.
[[nodiscard]] FoundObject JudgedObject(const Answer& answer, const std::optional<Box>& box);

/// Ids of the products of JudgedObject, best first.
[[nodiscard]] std::vector<std::string> RankingFor(const Answer& answer,
                                                  const std::optional<Box>& box);

/// The rank of the first right product, from 1; 0 where there is none.
[[nodiscard]] int FirstHit(std::span<const std::string> ranking,
                           std::span<const std::string> relevant);

/// A category and all above it: "Kitchen > Mugs" -> {"Kitchen", "Kitchen > Mugs"}; "" for none.
[[nodiscard]] std::vector<std::string> CategoryLevels(std::string_view category);

/// Means over queries. recall@k here: part of the queries with a right product among the first k.
class Evaluation {
 public:
  void Add(const std::vector<std::string>& ranking, const std::vector<std::string>& relevant);
  [[nodiscard]] int queries() const { return queries_; }
  [[nodiscard]] double RecallAt(int k) const;
  /// Mean average precision over the rankings as long as they are.
  [[nodiscard]] double Map() const;

 private:
  int queries_ = 0;
  std::vector<int> first_hits_;  // rank of the first right product, from 1; absent for none
  double precision_sum_ = 0;
};

/// Average precision of boxes, classes not compared: one is right that overlaps a true box, which
/// no better one has found, by an IoU of .5 at least.
class BoxEvaluation {
 public:
  /// Of one photo. `found`: detections, best first, without the whole picture.
  void Add(std::span<const FoundObject> found, std::span<const Box> truth);
  [[nodiscard]] int boxes() const { return boxes_; }
  /// Area under the curve of precision, made monotone, over recall. Boxes that the detector's
  /// threshold has left out count as not found.
  [[nodiscard]] double Ap50() const;

 private:
  int boxes_ = 0;                              // true ones
  std::vector<std::pair<float, bool>> found_;  // score, whether right
};

}  // namespace snapshelf
