#include "server/import_jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "server/request_id.h"

namespace snapshelf {

std::string_view ImportStateName(ImportState state) {
  switch (state) {
    case ImportState::kRunning:
      return "running";
    case ImportState::kDone:
      return "done";
    case ImportState::kFailed:
      return "failed";
  }
  return "failed";
}

Result<std::filesystem::path> ResolveUnder(const std::filesystem::path& root,
                                           const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path real_root = fs::canonical(root, error);
  if (error) return Fail(Code::kIoError, fmt::format("import root: {}", error.message()));
  const fs::path relative = fs::path(path).lexically_normal();
  const auto leaves = [&] {
    return Fail(Code::kInvalidArgument,
                fmt::format("\"{}\" leaves the import root; give a path under it", path));
  };
  if (relative.is_absolute() || (!relative.empty() && *relative.begin() == "..")) return leaves();
  fs::path real = fs::canonical(real_root / relative, error);
  if (error) return Fail(Code::kNotFound, fmt::format("\"{}\" is not under the import root", path));
  // Links were followed: every part of the root must still lead the path.
  const auto [root_end, unused] =
      std::mismatch(real_root.begin(), real_root.end(), real.begin(), real.end());
  if (root_end != real_root.end()) return leaves();
  return real;
}

ImportJobs::ImportJobs(Importer importer) : importer_(std::move(importer)) {}
ImportJobs::~ImportJobs() = default;

Result<ImportJob> ImportJobs::Start(std::string file, ImportOptions options) {
  const std::scoped_lock lock(mutex_);
  if (!jobs_.empty() && jobs_.back().state == ImportState::kRunning)
    return Fail(Code::kAlreadyExists,
                fmt::format("import {} is running; one runs at a time", jobs_.back().id));
  if (jobs_.size() >= kImportJobsKept) jobs_.pop_front();
  ImportJob& job = jobs_.emplace_back();
  job.id = MakeRequestId();
  job.file = std::move(file);
  // The earlier thread, if any, has set its state and is about to end: joining it is quick and
  // needs no lock on its side any more.
  thread_ = std::jthread([this, &job, options = std::move(options)](const std::stop_token& stop) {
    Run(job, options, stop);
  });
  return job;
}

void ImportJobs::Run(ImportJob& job, const ImportOptions& options, const std::stop_token& stop) {
  const ImportObserver observer{.on_progress =
                                    [&](const ImportProgress& progress) {
                                      const std::scoped_lock lock(mutex_);
                                      job.progress = progress;
                                    },
                                .on_problem =
                                    [&](const ImportProblem& problem) {
                                      const std::scoped_lock lock(mutex_);
                                      ++job.problem_count;
                                      if (job.problems.size() < kImportProblemsKept)
                                        job.problems.push_back(problem);
                                    }};
  auto outcome = importer_(options, observer, stop);
  if (outcome)
    LogInfo("import {}: {} rows, {} added, {} updated, {} unchanged, {} failed, {} removed", job.id,
            outcome->rows_read, outcome->added, outcome->updated, outcome->unchanged,
            outcome->failed, outcome->removed);
  else
    LogError("import {}: {}", job.id, outcome.error().message);
  const std::scoped_lock lock(mutex_);
  if (outcome) {
    job.progress = *outcome;
    job.state = ImportState::kDone;
  } else {
    job.error = std::move(outcome).error();
    job.state = ImportState::kFailed;
  }
}

Result<ImportJob> ImportJobs::Get(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(jobs_, id, &ImportJob::id);
  if (found == jobs_.end())
    return Fail(Code::kNotFound, fmt::format("no import has the id \"{}\"", id));
  return *found;
}

}  // namespace snapshelf
