#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/reembed_products.h"
#include "server/import_jobs.h"
#include "snapshelf/result.h"

namespace snapshelf {

/// Models by the names of their folders; empty: as it is.
struct ModelNames {
  std::string detector;
  std::string embedder;
};

/// Embeds the catalog with models that were found, and switches to them.
using ModelChange =
    std::function<Result<ReembedProgress>(const ReembedObserver&, const std::stop_token&)>;

/// Finds the models and gives the change to them, not yet begun. errors: kNotFound,
/// kInvalidArgument.
using ModelFinder = std::function<Result<ModelChange>(const ModelNames&)>;

/// A change of models as far as it has come.
struct GenerationJob {
  ModelNames models;
  ImportState state = ImportState::kRunning;
  ReembedProgress progress;
  std::vector<std::string> problems;  ///< the first kImportProblemsKept
  std::optional<Error> error;         ///< why it failed; the shop keeps its models then
};

/// Changes the models of the shop in the background, one change at a time, and remembers the last.
///
/// The destructor stops a running change at its next batch and waits for it.
/// threads: safe.
class GenerationJobs {
 public:
  explicit GenerationJobs(ModelFinder find_models);
  ~GenerationJobs();
  GenerationJobs(const GenerationJobs&) = delete;
  GenerationJobs& operator=(const GenerationJobs&) = delete;

  /// errors: kAlreadyExists while one runs; those of the finder.
  Status Start(ModelNames models);

  /// Nothing if none was started.
  [[nodiscard]] std::optional<GenerationJob> Last() const;

 private:
  [[nodiscard]] bool IsRunning() const;
  void Run(const ModelChange& change, const std::stop_token& stop);

  const ModelFinder find_models_;
  std::mutex starting_;  // held by Start, so that models are looked for only while nothing runs
  mutable std::mutex mutex_;  // guards job_
  std::optional<GenerationJob> job_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace snapshelf
