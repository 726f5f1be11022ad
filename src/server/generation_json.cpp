#include "server/generation_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "server/problem.h"

namespace snapshelf {
namespace {

using Json = nlohmann::ordered_json;

Json ProgressJson(const ReembedProgress& progress) {
  return {{"pictures", progress.pictures},
          {"done", progress.done},
          {"failed", progress.failed},
          {"seconds", progress.seconds}};
}

Json JobJson(const GenerationJob& job) {
  Json json = {{"detector", job.models.detector},
               {"embedder", job.models.embedder},
               {"state", ImportStateName(job.state)},
               {"progress", ProgressJson(job.progress)},
               {"problems", job.problems}};
  if (job.error)
    json["error"] = {{"code", CodeName(job.error->code)}, {"detail", job.error->message}};
  return json;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::expected<ModelNames, Problem> ParseGenerationRequest(std::string_view json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object() || parsed.empty())
    return std::unexpected(ProblemOf(
        {Code::kInvalidArgument, R"(send a JSON object such as {"embedder": "resnet50"})"}));
  ModelNames names;
  std::vector<FieldError> errors;
  for (const auto& [name, value] : parsed.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    // A name only: requests do not reach into the file system.
    const bool is_name = !text.empty() && text.find('/') == std::string::npos && text[0] != '.';
    if (name == "detector" && is_name)
      names.detector = text;
    else if (name == "embedder" && is_name)
      names.embedder = text;
    else
      errors.push_back({name, value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace),
                        "must be detector or embedder, with the name of a folder of the server's "
                        "models folder"});
  }
  if (!errors.empty()) return std::unexpected(InvalidFields(std::move(errors)));
  return names;
}

std::string GenerationsJson(const Shop& shop, const std::optional<GenerationJob>& job) {
  Json json = {{"generation", shop.generation},
               {"detector", shop.detector.card().Id()},
               {"embedder", shop.embedder.card().Id()}};
  if (job) json["change"] = JobJson(*job);
  return Dump(json);
}

EventPoll GenerationEvents(const Shop& shop, const std::optional<GenerationJob>& job,
                           std::string& told) {
  EventPoll poll;
  if (job) {
    std::string progress = Dump(ProgressJson(job->progress));
    if (progress != told) poll.text = fmt::format("event: progress\ndata: {}\n\n", progress);
    told = std::move(progress);
  }
  poll.done = !job || job->state != ImportState::kRunning;
  if (poll.done) poll.text += fmt::format("event: done\ndata: {}\n\n", GenerationsJson(shop, job));
  return poll;
}

}  // namespace snapshelf
