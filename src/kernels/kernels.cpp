#include "kernels/kernels.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernels/kernels_tables.h"

namespace snapshelf {
namespace {

struct Candidate {
  const Kernels* kernels;
  bool runs_here;
};

#if defined(__x86_64__)
bool HasAvx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
bool HasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni");
}
#endif

// Slowest first; the last that runs here is the default.
const Kernels* Choose(const char* name) {
  const Candidate candidates[] = {
      {&kScalarKernels, true},
#if defined(__x86_64__)
      {&kAvx2Kernels, HasAvx2()},
      {&kAvx512Kernels, HasAvx512()},
#elif defined(__aarch64__)
      {&kNeonKernels, true},
#endif
  };
  const Kernels* chosen = nullptr;
  for (const Candidate& candidate : candidates)
    if (candidate.runs_here && (name == nullptr || std::strcmp(candidate.kernels->name, name) == 0))
      chosen = candidate.kernels;
  return chosen;
}

const Kernels& ChooseOrExit() {
  const char* forced = std::getenv("SNAPSHELF_FORCE_ISA");
  if (const Kernels* kernels = Choose(forced)) return *kernels;
  std::fprintf(stderr,
               "SNAPSHELF_FORCE_ISA=%s: unknown, or not supported by this processor "
               "(scalar, avx2, avx512, neon)\n",
               forced);
  std::exit(2);
}

}  // namespace

const Kernels& ActiveKernels() {
  static const Kernels& kernels = ChooseOrExit();
  return kernels;
}

const Kernels* KernelsNamed(const char* name) {
  return Choose(name);
}

}  // namespace snapshelf
