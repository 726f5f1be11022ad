#pragma once

#include <cstdint>

namespace snapshelf {

/// Memory that this process may use: the machine's or, in a container, its limit (cgroup v2).
[[nodiscard]] std::uint64_t MachineMemoryBytes();

}  // namespace snapshelf
