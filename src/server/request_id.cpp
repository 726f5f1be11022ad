#include "server/request_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <random>

namespace snapshelf {
namespace {

constexpr std::size_t kRequestIdMax = 64;

}  // namespace

std::string MakeRequestId() {
  thread_local std::random_device device;
  const std::uint64_t high = device();
  return fmt::format("{:016x}", (high << 32U) | device());
}

std::string TakeOrMakeRequestId(std::string_view given) {
  const bool is_fine = !given.empty() && given.size() <= kRequestIdMax &&
                       std::ranges::all_of(given, [](unsigned char c) {
                         return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
                       });
  return is_fine ? std::string(given) : MakeRequestId();
}

}  // namespace snapshelf
