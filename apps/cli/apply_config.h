#pragma once

#include "cli/config.h"
#include "snapshelf/result.h"

namespace CLI {
class App;
}

namespace snapshelf {

/// Gives `command` the file's settings that it has an option for, unless the command line or the
/// environment has set it. errors: kInvalidArgument with file, line and key for a value that the
/// option refuses.
Status ApplyConfig(const Config& config, CLI::App& command);

/// A password in SNAPSHELF_MILVUS_PASSWORD wins over the file's.
void TakePasswords(Config& config);

}  // namespace snapshelf
