#include "products/sqlite/key_blocks.h"

#include <algorithm>

#include "base/check.h"

namespace snapshelf::sqlite {
namespace {

// One more sync per so many new products; gaps after restarts cost filters 19 bytes a key.
constexpr std::uint64_t kBlock = 1'000;

}  // namespace

Status KeyBlocks::Reserve(const Connection& writer, std::uint64_t products,
                          std::uint64_t pictures) {
  SNAPSHELF_RETURN_IF_ERROR(ReserveOne(writer, "product", products, products_));
  return ReserveOne(writer, "picture", pictures, pictures_);
}

Status KeyBlocks::ReserveOne(const Connection& writer, std::string_view name, std::uint64_t count,
                             Block& block) {
  if (block.end - block.next >= count) return {};
  const std::uint64_t size = std::max(count, kBlock);
  Statement reserve =
      writer.Query("UPDATE counters SET next = next + ? WHERE name = ? RETURNING next");
  reserve.Bind(static_cast<std::int64_t>(size)).Bind(name);
  const auto has_row = reserve.Step();
  if (!has_row) return std::unexpected(has_row.error());
  if (!*has_row) return Fail(Code::kCorruption, "product database: its counters are missing");
  const auto end = static_cast<std::uint64_t>(reserve.Int(0));
  SNAPSHELF_RETURN_IF_ERROR(reserve.Run());  // commits
  block = {.next = end - size, .end = end};
  return {};
}

std::uint64_t KeyBlocks::Take(Block& block) {
  SNAPSHELF_CHECK(block.next < block.end);
  return block.next++;
}

}  // namespace snapshelf::sqlite
