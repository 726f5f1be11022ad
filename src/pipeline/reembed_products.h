#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "pipeline/shop.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// How far a change of models is, in pictures of the catalog.
struct ReembedProgress {
  std::int64_t pictures = 0;  ///< that the catalog has, as counted last
  std::int64_t done = 0;      ///< of these, in the next generation
  std::int64_t resumed = 0;   ///< of `done`, there before this start
  std::int64_t failed = 0;    ///< each has a problem
  double seconds = 0;
};

/// Hears of a change of models while it runs; calls come one at a time, from any thread.
struct ReembedObserver {
  std::function<void(const ReembedProgress&)> on_progress;
  std::function<void(const std::string&)> on_problem;
};

/// Fills the index of `next`, a shop with other models over the same products and pictures, from
/// the stored picture files while `shops` goes on as it is, and then makes `next` the current shop
/// (docs/design/0009-generations.md). The index may hold a part already: a change that was cut off
/// goes on where it was. What is written meanwhile is taken into account; the last few pictures are
/// embedded with writers held off, and then `record` writes down that the change is done.
///
/// With the current shop itself as `next` it embeds the pictures that have no vectors.
///
/// errors: kCorruption if pictures could not be embedded (each is a problem), kUnavailable when
/// `stop` was requested, those of the index and of `record`. `shops` is then as it was.
[[nodiscard]] Result<ReembedProgress> ReembedProducts(CurrentShop& shops,
                                                      const std::shared_ptr<const Shop>& next,
                                                      int workers,
                                                      const std::function<Status()>& record,
                                                      const ReembedObserver& observer,
                                                      const std::stop_token& stop);

}  // namespace snapshelf
