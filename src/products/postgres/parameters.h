#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace snapshelf::postgres {

/// The values of a statement's $1, $2, ... in PostgreSQL's binary form, so that text may hold any
/// character and bytes need no escaping. Arrays carry many rows in one statement.
///
///   Parameters().Add(key).Add(title)
class Parameters {
 public:
  Parameters& Add(std::int64_t value);
  Parameters& Add(std::string_view value);
  Parameters& Add(std::span<const std::byte> value);
  Parameters& Add(const std::vector<std::int64_t>& values);
  Parameters& Add(const std::vector<std::string>& values);
  Parameters& Add(const std::vector<std::vector<std::byte>>& values);

  /// PostgreSQL's numbers of the types, and the values in the same order.
  [[nodiscard]] const std::vector<unsigned>& types() const { return types_; }
  [[nodiscard]] const std::vector<std::string>& values() const { return values_; }

 private:
  Parameters& Append(unsigned type, std::string value);

  std::vector<unsigned> types_;
  std::vector<std::string> values_;
};

/// The big-endian integer of 1, 2, 4 or 8 bytes in `bytes`.
[[nodiscard]] std::int64_t ReadInteger(std::string_view bytes);

/// The elements of a one-dimensional array in binary form, none of them null.
[[nodiscard]] std::vector<std::string_view> ReadArray(std::string_view bytes);

}  // namespace snapshelf::postgres
