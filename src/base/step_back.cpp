#include "base/step_back.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace snapshelf {
namespace {

constexpr int kSteps = 5;  // each takes a fifth of the weight
constexpr int kLowest = 19;

}  // namespace

void StepBack() {
  // On Linux these act on one thread.
  errno = 0;
  const int now = ::getpriority(PRIO_PROCESS, 0);
  if (errno == 0)
    static_cast<void>(::setpriority(PRIO_PROCESS, 0, std::min(now + kSteps, kLowest)));
}

}  // namespace snapshelf
