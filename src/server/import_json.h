#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "server/http.h"
#include "server/import_jobs.h"

namespace snapshelf {

/// The JSON of POST /v1/imports (api/openapi.yaml, ImportRequest).
struct ImportRequest {
  std::string file;
  bool remove_missing = false;
};
/// errors: 400 with every wrong field.
[[nodiscard]] std::expected<ImportRequest, Problem> ParseImportRequest(std::string_view json);

/// ImportJob of api/openapi.yaml.
[[nodiscard]] std::string ImportJobJson(const ImportJob& job);

/// What the watcher of an import has been told already.
struct ImportCursor {
  std::string progress;
  std::size_t problems = 0;
};

/// The server-sent events since the cursor, which moves on: problem, progress, and at last done.
[[nodiscard]] EventPoll ImportEvents(const ImportJob& job, ImportCursor& cursor);

}  // namespace snapshelf
