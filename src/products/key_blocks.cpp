#include "products/key_blocks.h"

#include <algorithm>

#include "base/check.h"

namespace snapshelf {
namespace {

// One more sync per so many new products; gaps after restarts cost filters 19 bytes a key.
constexpr std::uint64_t kBlock = 1'000;

}  // namespace

Status KeyBlocks::Reserve(std::uint64_t products, std::uint64_t pictures, const Advance& advance) {
  SNAPSHELF_RETURN_IF_ERROR(ReserveOne("product", products, advance, products_));
  return ReserveOne("picture", pictures, advance, pictures_);
}

Status KeyBlocks::ReserveOne(std::string_view name, std::uint64_t count, const Advance& advance,
                             Block& block) {
  if (block.end - block.next >= count) return {};
  const std::uint64_t size = std::max(count, kBlock);
  const auto end = advance(name, size);
  if (!end) return std::unexpected(end.error());
  block = {.next = *end - size, .end = *end};
  return {};
}

std::uint64_t KeyBlocks::Take(Block& block) {
  SNAPSHELF_CHECK(block.next < block.end);
  return block.next++;
}

}  // namespace snapshelf
