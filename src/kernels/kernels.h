#pragma once

#include <cstddef>
#include <cstdint>

namespace snapshelf {

/// The inner loops of vector search for one instruction set.
///
/// All take two arrays of `n` elements, with any alignment and any `n` from 0 on; they keep no
/// state, so every thread may call them. The integer results are the same for all instruction sets;
/// the float results differ in the last bits, because sums are taken in another order.
struct Kernels {
  const char* name;  ///< "scalar", "avx2", "avx512", "neon"
  /// Sum of a[i] * b[i].
  float (*dot_f32)(const float* a, const float* b, std::size_t n);
  /// Sum of (a[i] - b[i])^2.
  float (*l2_f32)(const float* a, const float* b, std::size_t n);
  /// Sum of a[i] * b[i]; the whole range -128 .. 127, exact for n <= 131,072.
  std::int32_t (*dot_i8)(const std::int8_t* a, const std::int8_t* b, std::size_t n);
  /// Sum of codes[i] * b[i] for 4-bit codes, 0 .. 15, two to a byte: of byte j the low half is
  /// code j and the high half code j + n / 2. `n` is even; the whole range of b, exact for
  /// n <= 1,000,000.
  std::int32_t (*dot_u4_i8)(const std::uint8_t* codes, const std::int8_t* b, std::size_t n);
  /// dot_u4_i8 of `b` with each of `count` rows: sums[i] is that of the codes at
  /// planes + rows[i] * n / 2.
  void (*dots_u4_i8)(const std::uint8_t* planes, const std::uint32_t* rows, std::size_t count,
                     const std::int8_t* b, std::size_t n, std::int32_t* sums);
};

/// The kernels that this process uses: the fastest that the processor runs, chosen on the first
/// call, or what the environment variable SNAPSHELF_FORCE_ISA names (scalar, avx2, avx512, neon).
/// An unknown or unsupported name ends the program with a message: whoever forces an instruction
/// set must not measure another one.
[[nodiscard]] const Kernels& ActiveKernels();

/// The kernels of that name, or null if the name is unknown or this processor cannot run them.
[[nodiscard]] const Kernels* KernelsNamed(const char* name);

}  // namespace snapshelf
