#include "base/machine.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace snapshelf {

std::uint64_t MachineMemoryBytes() {
  const auto machine = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::uint64_t limit = 0;
  // "max" where there is no limit, which is no number.
  std::ifstream("/sys/fs/cgroup/memory.max") >> limit;
  return limit > 0 ? std::min(machine, limit) : machine;
}

}  // namespace snapshelf
