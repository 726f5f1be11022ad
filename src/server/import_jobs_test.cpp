// Imports in the background: one at a time, watched while they run, stopped with the server.
#include "server/import_jobs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "server/import_json.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

/// An importer that waits to be let go.
class Gate {
 public:
  void Open() { promise_.set_value(); }
  void Wait() { future_.wait(); }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
};

/// Polls until the import has ended; the work behind it is done by then or about to be.
ImportJob WaitForEnd(const ImportJobs& jobs, const std::string& id) {
  while (jobs.Get(id)->state == ImportState::kRunning) std::this_thread::yield();
  return *jobs.Get(id);
}

TEST(ImportJobs, RunsOneAtATime) {
  Gate gate;
  ImportJobs jobs([&](const auto&, const auto&, auto) -> Result<ImportProgress> {
    gate.Wait();
    return ImportProgress{.added = 3};
  });
  const auto first = jobs.Start("a.csv", {});
  ASSERT_TRUE(first);
  EXPECT_EQ(jobs.Start("b.csv", {}).error().code, Code::kAlreadyExists);
  gate.Open();
  EXPECT_EQ(WaitForEnd(jobs, first->id).progress.added, 3);
  EXPECT_TRUE(jobs.Start("b.csv", {}));
}

TEST(ImportJobs, KeepsTheFirstProblemsAndCountsAll) {
  ImportJobs jobs([](const auto&, const ImportObserver& observer, auto) -> Result<ImportProgress> {
    for (int i = 0; i < 150; ++i) observer.on_problem({.where = "a.csv:" + std::to_string(i)});
    return ImportProgress{};
  });
  const ImportJob job = WaitForEnd(jobs, jobs.Start("a.csv", {})->id);
  EXPECT_EQ(job.problem_count, 150);
  EXPECT_EQ(job.problems.size(), kImportProblemsKept);
}

TEST(ImportJobs, FailureIsRemembered) {
  ImportJobs jobs([](const auto&, const auto&, auto) -> Result<ImportProgress> {
    return Fail(Code::kResourceExhausted, "disk full");
  });
  const ImportJob job = WaitForEnd(jobs, jobs.Start("a.csv", {})->id);
  EXPECT_EQ(job.state, ImportState::kFailed);
  const auto json = nlohmann::json::parse(ImportJobJson(job));
  EXPECT_EQ(json["error"]["code"], "resource_exhausted");
}

TEST(ImportJobs, DestructorStopsARunningImport) {
  std::promise<bool> stopped;
  {
    ImportJobs jobs(
        [&](const auto&, const auto&, const std::stop_token& stop) -> Result<ImportProgress> {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          std::condition_variable_any().wait(lock, stop, [] { return false; });
          stopped.set_value(stop.stop_requested());
          return ImportProgress{};
        });
    ASSERT_TRUE(jobs.Start("a.csv", {}));
  }
  EXPECT_TRUE(stopped.get_future().get());
}

TEST(ImportJobs, ForgetsTheOldest) {
  ImportJobs jobs([](const auto&, const auto&, auto) { return ImportProgress{}; });
  const std::string first = jobs.Start("a.csv", {})->id;
  WaitForEnd(jobs, first);
  for (std::size_t i = 0; i < kImportJobsKept; ++i) WaitForEnd(jobs, jobs.Start("a.csv", {})->id);
  EXPECT_EQ(jobs.Get(first).error().code, Code::kNotFound);
}

TEST(ImportEvents, EachThingIsToldOnce) {
  ImportJob job{.id = "1", .file = "a.csv", .problems = {{"a.csv:2", "p", "no picture"}}};
  ImportCursor cursor;
  const std::string first = ImportEvents(job, cursor).text;
  EXPECT_NE(first.find("event: problem\ndata: {\"where\":\"a.csv:2\""), std::string::npos);
  EXPECT_NE(first.find("event: progress\n"), std::string::npos);
  EXPECT_EQ(ImportEvents(job, cursor).text, "");
  job.state = ImportState::kDone;
  const EventPoll last = ImportEvents(job, cursor);
  EXPECT_TRUE(last.done);
  EXPECT_TRUE(last.text.starts_with("event: done\ndata: {\"id\":\"1\""));
}

class ImportRoot : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "root" / "sub");
    std::ofstream(folder_ / "root" / "sub" / "a.csv") << "id\n";
    std::ofstream(folder_ / "secret.csv") << "id\n";
    fs::create_directories(folder_ / "root2");
    std::ofstream(folder_ / "root2" / "a.csv") << "id\n";
    fs::create_symlink(folder_ / "secret.csv", folder_ / "root" / "link.csv");
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_ =
      fs::temp_directory_path() / ("snapshelf_import_root_" + std::to_string(getpid()));
};

TEST_F(ImportRoot, TakesFilesUnderIt) {
  EXPECT_TRUE(ResolveUnder(folder_ / "root", "sub/a.csv"));
  EXPECT_TRUE(ResolveUnder(folder_ / "root", "sub/../sub/a.csv"));
  EXPECT_TRUE(ResolveUnder(folder_ / "root", "sub"));
}

TEST_F(ImportRoot, RefusesEveryWayOut) {
  for (const char* const path :
       {"../secret.csv", "sub/../../secret.csv", "/etc/passwd", "link.csv", "..", "../root2/a.csv"})
    EXPECT_EQ(ResolveUnder(folder_ / "root", path).error().code, Code::kInvalidArgument) << path;
  EXPECT_EQ(ResolveUnder(folder_ / "root", "none.csv").error().code, Code::kNotFound);
}

TEST(ImportRequest, RefusesWhatIsWrong) {
  EXPECT_TRUE(ParseImportRequest(R"({"file": "a.csv", "remove_missing": true})")->remove_missing);
  for (const char* const json : {"", "[]", "{}", R"({"file": 5})", R"({"file": "a", "x": 1})",
                                 R"({"file": "a", "remove_missing": "yes"})"})
    EXPECT_EQ(ParseImportRequest(json).error().status, 400) << json;
}

}  // namespace
}  // namespace snapshelf
