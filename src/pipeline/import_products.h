#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/second_look.h"
#include "pipeline/shop.h"
#include "snapshelf/result.h"

namespace snapshelf {

struct ImportOptions {
  std::filesystem::path source;  ///< feed file or folder
  bool remove_missing = false;   ///< remove the products that the source no longer has
  std::filesystem::path
      report;  ///< a line "where<TAB>id<TAB>reason" per bad row or picture; written anew
  std::filesystem::path picture_root;  ///< pictures outside it are refused; empty: any path
  /// A picture that is added to a catalog of so many (what is committed counts) goes without a
  /// second look; 0: all do.
  std::int64_t second_look_pictures = kSecondLookPictures;
  int workers = 0;  ///< 0: one per usable core
};

/// Counts so far. Rows: read = added + updated + unchanged + failed (+ those still under way).
struct ImportProgress {
  std::int64_t rows_read = 0;
  std::int64_t rows_estimate = 0;  ///< 0: unknown yet
  std::int64_t added = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
  std::int64_t failed = 0;  ///< rows that gave no product
  std::int64_t removed = 0;
  std::int64_t pictures_embedded = 0;
  std::int64_t pictures_failed = 0;
  /// Of those embedded; the catalog has reached ImportOptions::second_look_pictures.
  std::int64_t pictures_without_second_look = 0;
  double seconds = 0;
  [[nodiscard]] std::int64_t Done() const { return added + updated + unchanged + failed; }
};

/// One thing that was wrong with the source; the import went on.
struct ImportProblem {
  std::string where;  ///< "catalog.csv:17", or the path in a folder
  std::string id;
  std::string reason;
};

/// Hears of an import while it runs; calls come one at a time, from any thread.
struct ImportObserver {
  std::function<void(const ImportProgress&)> on_progress;
  std::function<void(const ImportProblem&)> on_problem;
};

/// Catalog in: reads the source as a stream, decodes, detects and embeds on all cores, and commits
/// in batches: picture files, then vectors, then products, each synced, so that a killed import
/// leaves whole products only and goes on where it was when started again (what is unchanged is
/// skipped without reading its picture).
///
/// errors: kNotFound/kInvalidArgument for the source as a whole; kResourceExhausted on a full disk
/// (what was committed
///         stays); kUnavailable when `stop` was requested. Bad rows and pictures are problems, not
///         errors.
[[nodiscard]] Result<ImportProgress> ImportProducts(const CurrentShop& shops,
                                                    const ImportOptions& options,
                                                    const ImportObserver& observer,
                                                    std::stop_token stop);

}  // namespace snapshelf
