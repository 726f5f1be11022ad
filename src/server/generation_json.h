#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/shop.h"
#include "server/generation_jobs.h"
#include "server/http.h"

namespace snapshelf {

/// The JSON of POST /v1/generations (api/openapi.yaml, GenerationRequest).
/// errors: 400 with every wrong field.
[[nodiscard]] std::expected<ModelNames, Problem> ParseGenerationRequest(std::string_view json);

/// Generations of api/openapi.yaml: the current one, and the change of models if there was one.
[[nodiscard]] std::string GenerationsJson(const Shop& shop,
                                          const std::optional<GenerationJob>& job);

/// The server-sent events since `told`, which becomes what has been told: progress, and at last
/// done.
[[nodiscard]] EventPoll GenerationEvents(const Shop& shop, const std::optional<GenerationJob>& job,
                                         std::string& told);

}  // namespace snapshelf
