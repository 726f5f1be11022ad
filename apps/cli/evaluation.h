#pragma once

#include <filesystem>
#include <optional>
#include <string>
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

/// The ranking that a query of the truth is judged by. With a box: the answers for the object that
/// overlaps it best (IoU of .3 at least; else the whole picture, which is what a shopper is left
/// with). Without: those of all objects together, by score of the object times likeness,
/// each product once.
[[nodiscard]] std::vector<std::string> RankingFor(const Answer& answer,
                                                  const std::optional<Box>& box);

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

}  // namespace snapshelf
