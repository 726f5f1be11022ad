#pragma once

namespace snapshelf {

/// Version of the program, as in CHANGELOG.md.
inline constexpr const char* kVersion = "0.1.0";

/// Version of the data folder's layout (docs/format/store.md). A store of a newer format is
/// refused.
inline constexpr int kStoreFormat = 1;

}  // namespace snapshelf
