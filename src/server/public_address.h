#pragma once

struct sockaddr;

namespace snapshelf {

/// Whether an IPv4 or IPv6 address is one of the public internet: not of this machine, a private or
/// shared network, a link, a group, or set aside for other uses (IANA's special-purpose registries,
/// RFC 6890), nor an IPv6 address that holds an IPv4 one (mapped, 6to4, NAT64, Teredo).
[[nodiscard]] bool IsPublicAddress(const sockaddr& address);

}  // namespace snapshelf
