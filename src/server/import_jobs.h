#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/import_products.h"
#include "snapshelf/result.h"

namespace snapshelf {

enum class ImportState : std::uint8_t { kRunning, kDone, kFailed };
[[nodiscard]] std::string_view ImportStateName(ImportState state);

/// An import as far as it has come.
struct ImportJob {
  std::string id;
  std::string file;  ///< as asked for
  ImportState state = ImportState::kRunning;
  ImportProgress progress;
  std::int64_t problem_count = 0;
  std::vector<ImportProblem> problems;  ///< the first kImportProblemsKept
  std::optional<Error> error;           ///< why it failed
};

inline constexpr std::size_t kImportProblemsKept = 100;
inline constexpr std::size_t kImportJobsKept = 16;

/// `path` under `root`, without leaving it by .., an absolute path or a link.
/// errors: kInvalidArgument for a path that leaves it; kNotFound if nothing is there.
[[nodiscard]] Result<std::filesystem::path> ResolveUnder(const std::filesystem::path& root,
                                                         const std::string& path);

/// Runs imports in the background, one at a time, and remembers the last ones.
///
/// The destructor stops a running import at its next batch and waits for it.
/// threads: safe.
class ImportJobs {
 public:
  using Importer = std::function<Result<ImportProgress>(const ImportOptions&, const ImportObserver&,
                                                        std::stop_token)>;
  explicit ImportJobs(Importer importer);
  ~ImportJobs();
  ImportJobs(const ImportJobs&) = delete;
  ImportJobs& operator=(const ImportJobs&) = delete;

  /// Starts an import; `file` is its name for people. errors: kAlreadyExists while one runs.
  [[nodiscard]] Result<ImportJob> Start(std::string file, ImportOptions options);

  /// errors: kNotFound.
  [[nodiscard]] Result<ImportJob> Get(const std::string& id) const;

 private:
  void Run(ImportJob& job, const ImportOptions& options, const std::stop_token& stop);

  const Importer importer_;
  mutable std::mutex mutex_;
  std::deque<ImportJob> jobs_;  // oldest first; references stay valid at both ends' growth
  std::jthread thread_;         // last: it uses all of the above
};

}  // namespace snapshelf
