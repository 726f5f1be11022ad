#include "runtime/pack.h"

#include <cstddef>

#include "base/check.h"

namespace snapshelf {

void PackPixels(std::span<const std::uint8_t> rgb, const ModelCard::Input& input,
                std::span<float> planes) {
  const std::size_t area = static_cast<std::size_t>(input.width) * input.height;
  SNAPSHELF_CHECK(rgb.size() == 3 * area);
  SNAPSHELF_CHECK(planes.size() == 3 * area);
  const bool bgr = input.color == "BGR";
  for (std::size_t channel = 0; channel < 3; ++channel) {
    // (p * scale - mean) / std as one multiplication and one addition.
    const float factor = input.scale / input.std[channel];
    const float offset = -input.mean[channel] / input.std[channel];
    const std::uint8_t* source = rgb.data() + (bgr ? 2 - channel : channel);
    float* target = planes.data() + channel * area;
    for (std::size_t i = 0; i < area; ++i)
      target[i] = static_cast<float>(source[3 * i]) * factor + offset;
  }
}

}  // namespace snapshelf
