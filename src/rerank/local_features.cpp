#include "rerank/local_features.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>

#include "base/check.h"
#include "photo/resize.h"

namespace snapshelf {
namespace {

// RootSIFT values lie between 0 and about 0.4; 256 uses the seven bits well and cuts next to none.
constexpr float kDescriptorScale = 256;
constexpr int kLayersPerOctave = 3;
constexpr double kContrastMin = 0.02;
constexpr double kEdgeRatioMax = 10;
constexpr double kSigma = 1.6;

void AppendRootSift(const float* sift, std::vector<std::int8_t>& descriptors) {
  float sum = 0;
  for (std::size_t i = 0; i < kDescriptorSize; ++i) sum += sift[i];
  sum = std::max(sum, 1.0F);
  for (std::size_t i = 0; i < kDescriptorSize; ++i) {
    const float value = std::round(kDescriptorScale * std::sqrt(sift[i] / sum));
    descriptors.push_back(static_cast<std::int8_t>(std::min(value, 127.0F)));
  }
}

/// The region in grey, its longest side at most `longest_side` pixels.
cv::Mat GreyOf(const Photo& photo, const Box& region, int longest_side) {
  const float scale =
      std::min(1.0F, static_cast<float>(longest_side) / std::max(region.width, region.height));
  const int width = std::max(1, static_cast<int>(std::lround(region.width * scale)));
  const int height = std::max(1, static_cast<int>(std::lround(region.height * scale)));
  Image image = CropAndFit(photo, region, width, height, Fit::kStretch, {255, 255, 255});
  const cv::Mat rgb(height, width, CV_8UC3, image.pixels.data());
  cv::Mat grey;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  return grey;
}

void Detect(const cv::Mat& grey, int keypoints_max, std::vector<cv::KeyPoint>& keypoints,
            cv::Mat& sift) {
  // Callers work on many pictures side by side; a core each is faster than all cores on each.
  [[maybe_unused]] static const bool one_thread = (cv::setNumThreads(1), true);
  const auto detector =
      cv::SIFT::create(keypoints_max, kLayersPerOctave, kContrastMin, kEdgeRatioMax, kSigma);
  detector->detectAndCompute(grey, cv::noArray(), keypoints, sift);
}

}  // namespace

Result<LocalFeatures> ExtractLocalFeatures(const Photo& photo, const Box& region,
                                           const LocalFeatureOptions& options) {
  SNAPSHELF_CHECK(options.longest_side > 0 && options.keypoints_max > 0);
  LocalFeatures features;
  features.region = Clip(region, photo.width, photo.height);
  if (features.region.width < 1 || features.region.height < 1) return features;
  try {
    const cv::Mat grey = GreyOf(photo, features.region, options.longest_side);
    std::vector<cv::KeyPoint> keypoints;
    cv::Mat sift;
    Detect(grey, options.keypoints_max, keypoints, sift);
    std::vector<int> order(keypoints.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    std::ranges::stable_sort(order, std::greater{}, [&](int i) { return keypoints[i].response; });
    // Points of equal strength at the limit all come back.
    order.resize(std::min<std::size_t>(order.size(), options.keypoints_max));
    const float scale_x = features.region.width / static_cast<float>(grey.cols);
    const float scale_y = features.region.height / static_cast<float>(grey.rows);
    for (const int i : order) {
      const cv::KeyPoint& found = keypoints[i];
      // OpenCV puts 0 into the middle of the first pixel, a Box at its corner.
      features.keypoints.push_back({.x = features.region.x + (found.pt.x + 0.5F) * scale_x,
                                    .y = features.region.y + (found.pt.y + 0.5F) * scale_y,
                                    .size = found.size * std::sqrt(scale_x * scale_y),
                                    .angle = found.angle});
      AppendRootSift(sift.ptr<float>(i), features.descriptors);
    }
  } catch (const std::exception& error) {
    return Fail(Code::kInternal, std::string("local features: ") + error.what());
  }
  return features;
}

}  // namespace snapshelf
