#include "server/public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace snapshelf {
namespace {

struct Range4 {
  std::uint32_t first;
  int bits;
};
constexpr std::array<Range4, 15> kSpecial4 = {{
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared by a provider's customers
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local, where clouds answer with their secrets
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0586300, 24},  // 6to4 relays
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // groups
    {0xF0000000, 4},   // set aside, and broadcast
}};

bool IsPublic4(std::uint32_t address) {
  return std::ranges::none_of(kSpecial4, [&](const Range4& range) {
    return (address ^ range.first) >> (32 - range.bits) == 0;
  });
}

bool IsPublic6(const in6_addr& address) {
  const std::uint8_t* const b = address.s6_addr;
  if (b[0] >> 5 != 1) return false;  // global addresses are those of 2000::/3
  const std::uint32_t head = std::uint32_t{b[0]} << 24 | b[1] << 16 | b[2] << 8 | b[3];
  return head >> 9 != 0x20010000U >> 9 &&  // 2001::/23: protocol assignments, Teredo
         head != 0x20010DB8 &&             // documentation
         head >> 16 != 0x2002 &&           // 6to4
         head >> 12 != 0x3FFF0;            // documentation
}

}  // namespace

bool IsPublicAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &address, sizeof ipv4);
    return IsPublic4(ntohl(ipv4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &address, sizeof ipv6);
  return IsPublic6(ipv6.sin6_addr);
}

}  // namespace snapshelf
