#include "server/generation_jobs.h"

#include <utility>

#include "base/log.h"

namespace snapshelf {

GenerationJobs::GenerationJobs(ModelFinder find_models) : find_models_(std::move(find_models)) {}
GenerationJobs::~GenerationJobs() = default;

Status GenerationJobs::Start(ModelNames models) {
  const std::scoped_lock starting(starting_);
  if (IsRunning())
    return Fail(Code::kAlreadyExists, "the shop is changing its models; one change at a time");
  auto change = find_models_(models);
  if (!change) return std::unexpected(std::move(change).error());
  const std::scoped_lock lock(mutex_);
  job_ = GenerationJob{.models = std::move(models), .progress = {}, .problems = {}, .error = {}};
  // The earlier thread, if any, has set its state and needs no lock any more: joining it is quick.
  thread_ = std::jthread(
      [this, change = std::move(*change)](const std::stop_token& stop) { Run(change, stop); });
  return {};
}

bool GenerationJobs::IsRunning() const {
  const std::scoped_lock lock(mutex_);
  return job_ && job_->state == ImportState::kRunning;
}

void GenerationJobs::Run(const ModelChange& change, const std::stop_token& stop) {
  const ReembedObserver observer{.on_progress =
                                     [this](const ReembedProgress& progress) {
                                       const std::scoped_lock lock(mutex_);
                                       job_->progress = progress;
                                     },
                                 .on_problem =
                                     [this](const std::string& problem) {
                                       const std::scoped_lock lock(mutex_);
                                       if (job_->problems.size() < kImportProblemsKept)
                                         job_->problems.push_back(problem);
                                     }};
  auto outcome = change(observer, stop);
  if (outcome)
    LogInfo("the shop has changed its models: {} pictures embedded",
            outcome->done - outcome->resumed);
  else
    LogError("change of models: {}", outcome.error().message);
  const std::scoped_lock lock(mutex_);
  if (outcome) {
    job_->progress = *outcome;
    job_->state = ImportState::kDone;
  } else {
    job_->error = std::move(outcome).error();
    job_->state = ImportState::kFailed;
  }
}

std::optional<GenerationJob> GenerationJobs::Last() const {
  const std::scoped_lock lock(mutex_);
  return job_;
}

}  // namespace snapshelf
