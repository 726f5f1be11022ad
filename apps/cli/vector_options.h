#pragma once

#include "search/embedded/make_index.h"

namespace snapshelf {

/// How the vectors of a shop are searched: nothing that a shop has to choose.
struct VectorOptions {
  IndexKind kind = IndexKind::kAuto;
  int window = 0;        ///< FindOptions::window of every search; 0: the index chooses
  float reach = 0;       ///< FindOptions::reach of every search; 0: the index chooses
  double memory_gb = 0;  ///< EmbeddedOptions::memory_bytes; 0: three quarters of the machine's
};

}  // namespace snapshelf
