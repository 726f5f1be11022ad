#include "cli/generation.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace snapshelf {
namespace {

RecordedModel RecordOf(const ModelCard& card) {
  return {.id = ModelId(card), .folder = card.file.parent_path()};
}

}  // namespace

std::string ModelId(const ModelCard& card) {
  return fmt::format("{} {:.12} {:.12}", card.Id(), card.sha256, card.projection_sha256);
}

std::string WriteGeneration(const Generation& generation) {
  const auto model = [](const RecordedModel& recorded) {
    return nlohmann::ordered_json{{"id", recorded.id}, {"folder", recorded.folder.string()}};
  };
  return nlohmann::ordered_json{{"generation", generation.number},
                                {"detector", model(generation.detector)},
                                {"embedder", model(generation.embedder)}}
      .dump();
}

Result<Generation> ReadGeneration(const std::string& text) {
  if (!text.starts_with('{'))
    return Generation{.number = 1, .detector = {}, .embedder = {.id = text, .folder = {}}};
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto model = [&](const char* name) {
    const auto read = json.value(name, nlohmann::json::object());
    return RecordedModel{.id = read.value("id", ""), .folder = read.value("folder", "")};
  };
  try {
    return Generation{.number = json.at("generation").get<int>(),
                      .detector = model("detector"),
                      .embedder = model("embedder")};
  } catch (const nlohmann::json::exception& error) {
    return Fail(Code::kCorruption,
                fmt::format("the record of the models is \"{}\": {}", text, error.what()));
  }
}

Generation MakeGeneration(int number, const ModelCard& detector, const ModelCard& embedder) {
  return {.number = number, .detector = RecordOf(detector), .embedder = RecordOf(embedder)};
}

}  // namespace snapshelf
