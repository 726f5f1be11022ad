#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the program with file and line if `condition` is false: for mistakes of the programmer, in
/// release too. Trouble from outside (input, disk, network) is a Result instead.
#define SNAPSHELF_CHECK(condition)                                                       \
  do {                                                                                   \
    if (!(condition)) [[unlikely]] {                                                     \
      std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)

/// Returns the error of `result` from the calling function if it has one.
#define SNAPSHELF_RETURN_IF_ERROR(result)                              \
  do {                                                                 \
    if (auto status_or_error = (result); !status_or_error.has_value()) \
      return std::unexpected(std::move(status_or_error).error());      \
  } while (false)
