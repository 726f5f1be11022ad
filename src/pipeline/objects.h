#pragma once

#include <span>
#include <string>
#include <vector>

#include "detect/detector.h"
#include "photo/image.h"

namespace snapshelf {

/// A part of a photo worth searching for.
struct PhotoObject {
  Box box;  ///< pixels of the upright original, as shown to the shopper
  std::string class_name;
  float score = 0;
};

inline constexpr const char* kWholePicture = "whole picture";
inline constexpr const char* kSelection = "selection";

/// What a shopper's photo is searched for: the detected things, best first by score and size, then
/// the whole picture. A person is no product: instead come what the person wears as a whole, and
/// the upper and lower half of it (docs/design/0004-people.md).
[[nodiscard]] std::vector<PhotoObject> ObjectsToSearch(const Photo& photo,
                                                       std::span<const Detection> detections);

/// What is kept of a catalog picture: the whole picture first, then its main things, at most
/// kVectorsPerPicture in all; a thing that fills the picture is the picture
/// (docs/design/0003-vectors-per-picture.md).
[[nodiscard]] std::vector<PhotoObject> ObjectsToStore(const Photo& photo,
                                                      std::span<const Detection> detections);

/// The box with some surroundings, inside the photo: detectors cut closely, and networks know
/// things with their outline.
[[nodiscard]] Box WithMargin(const Box& box, const Photo& photo);

}  // namespace snapshelf
