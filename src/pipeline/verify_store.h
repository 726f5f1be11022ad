#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "products/picture_files.h"
#include "products/product_store.h"
#include "snapshelf/result.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

struct VerifyReport {
  std::int64_t pictures = 0;
  std::int64_t vectors = 0;
  std::int64_t files = 0;
  std::int64_t problems = 0;
};

/// Checks the database, the checksum of every picture file, and that products, vectors and picture
/// files agree: every picture has its file and its vectors, every vector its picture, every file
/// somebody who uses it. The checksums of the vectors are those of the index itself, which reads
/// them when it is opened.
///
/// `on_problem` hears of each disagreement. errors: only if the store cannot be read at all.
[[nodiscard]] Result<VerifyReport> VerifyStore(
    const ProductStore& products, const PictureFiles& pictures, const VectorIndex& index,
    const std::function<void(const std::string&)>& on_problem);

}  // namespace snapshelf
