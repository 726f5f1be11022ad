#pragma once

#include "kernels/kernels.h"

namespace snapshelf {

// One table per instruction set, each from a file compiled with its own -m flags. Only kernels.cpp
// uses them, after it has asked the processor.
extern const Kernels kScalarKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#elif defined(__aarch64__)
extern const Kernels kNeonKernels;
#endif

}  // namespace snapshelf
