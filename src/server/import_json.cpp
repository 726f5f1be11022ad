#include "server/import_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "server/problem.h"

namespace snapshelf {
namespace {

using Json = nlohmann::ordered_json;

Json ProgressJson(const ImportProgress& progress) {
  return {{"rows_read", progress.rows_read},
          {"rows_estimate", progress.rows_estimate},
          {"added", progress.added},
          {"updated", progress.updated},
          {"unchanged", progress.unchanged},
          {"failed", progress.failed},
          {"removed", progress.removed},
          {"pictures_embedded", progress.pictures_embedded},
          {"pictures_failed", progress.pictures_failed},
          {"pictures_without_second_look", progress.pictures_without_second_look},
          {"seconds", progress.seconds}};
}

Json ProblemJson(const ImportProblem& problem) {
  return {{"where", problem.where}, {"id", problem.id}, {"reason", problem.reason}};
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// JSON has no line ends inside, so one data line holds it.
std::string Event(std::string_view name, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

}  // namespace

std::expected<ImportRequest, Problem> ParseImportRequest(std::string_view json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object())
    return std::unexpected(ProblemOf(
        {Code::kInvalidArgument, R"(send a JSON object such as {"file": "catalog.csv"})"}));
  ImportRequest request;
  std::vector<FieldError> errors;
  for (const auto& [name, value] : parsed.items()) {
    if (name == "file" && value.is_string())
      request.file = value.get<std::string>();
    else if (name == "remove_missing" && value.is_boolean())
      request.remove_missing = value.get<bool>();
    else
      errors.push_back({name, value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace),
                        "must be file (text) or remove_missing (true or false)"});
  }
  if (request.file.empty()) errors.push_back({"file", "", "must name a file or folder"});
  if (!errors.empty()) return std::unexpected(InvalidFields(std::move(errors)));
  return request;
}

std::string ImportJobJson(const ImportJob& job) {
  Json json = {{"id", job.id},
               {"file", job.file},
               {"state", ImportStateName(job.state)},
               {"progress", ProgressJson(job.progress)},
               {"problem_count", job.problem_count},
               {"problems", Json::array()}};
  for (const ImportProblem& problem : job.problems)
    json["problems"].push_back(ProblemJson(problem));
  if (job.error)
    json["error"] = {{"code", CodeName(job.error->code)}, {"detail", job.error->message}};
  return Dump(json);
}

EventPoll ImportEvents(const ImportJob& job, ImportCursor& cursor) {
  EventPoll poll;
  for (; cursor.problems < job.problems.size(); ++cursor.problems)
    poll.text += Event("problem", Dump(ProblemJson(job.problems[cursor.problems])));
  std::string progress = Dump(ProgressJson(job.progress));
  if (progress != cursor.progress) {
    poll.text += Event("progress", progress);
    cursor.progress = std::move(progress);
  }
  poll.done = job.state != ImportState::kRunning;
  if (poll.done) poll.text += Event("done", ImportJobJson(job));
  return poll;
}

}  // namespace snapshelf
