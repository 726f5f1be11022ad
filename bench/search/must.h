#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "snapshelf/result.h"

namespace snapshelf {

/// What a benchmark cannot go on without: after an error it says so and ends.
inline void Must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  std::exit(1);
}

template <class T>
T Must(Result<T> result) {
  if (!result) Must(Status(std::unexpected(result.error())));
  return std::move(*result);
}

}  // namespace snapshelf
