#include "pipeline/objects.h"

#include <algorithm>
#include <cmath>

#include "photo/resize.h"
#include "pipeline/shop.h"

namespace snapshelf {
namespace {

// More boxes than this on a phone's screen cannot be tapped apart.
constexpr std::size_t kObjectsMax = 10;

// A thing smaller than this part of the photo's area gives too few pixels to know it by.
constexpr float kAreaMin = 0.004F;

// A box that overlaps the whole picture by more than this shows nothing that the whole picture does
// not.
constexpr float kFillsPicture = 0.8F;

// Surroundings added on each side, as a part of the side.
constexpr float kMargin = 0.08F;

// Where clothes are on a person's box, as parts of its height.
constexpr float kUpperTop = 0.12F;
constexpr float kUpperBottom = 0.58F;
constexpr float kLowerTop = 0.45F;

PhotoObject Whole(const Photo& photo) {
  return {.box = WholeBox(photo), .class_name = kWholePicture, .score = 1};
}

/// Sure and large things first: a shopper frames what is meant.
float Rank(const PhotoObject& object, const Photo& photo) {
  const float part =
      object.box.Area() / (static_cast<float>(photo.width) * static_cast<float>(photo.height));
  return object.score * std::pow(part, 0.25F);
}

void AddPerson(const Detection& person, std::vector<PhotoObject>& objects) {
  const Box& box = person.box;
  const auto slice = [&box](float top, float bottom) {
    return Box{.x = box.x,
               .y = box.y + top * box.height,
               .width = box.width,
               .height = (bottom - top) * box.height};
  };
  objects.push_back({.box = box, .class_name = "outfit", .score = person.score});
  objects.push_back(
      {.box = slice(kUpperTop, kUpperBottom), .class_name = "upper body", .score = person.score});
  objects.push_back(
      {.box = slice(kLowerTop, 1), .class_name = "lower body", .score = person.score});
}

std::vector<PhotoObject> RankedThings(const Photo& photo, std::span<const Detection> detections) {
  std::vector<PhotoObject> objects;
  const float area_min =
      kAreaMin * static_cast<float>(photo.width) * static_cast<float>(photo.height);
  for (const Detection& detection : detections) {
    if (detection.box.Area() < area_min) continue;
    if (detection.class_name == "person") {
      AddPerson(detection, objects);
    } else {
      objects.push_back(
          {.box = detection.box, .class_name = detection.class_name, .score = detection.score});
    }
  }
  std::ranges::stable_sort(objects, std::greater{},
                           [&photo](const PhotoObject& object) { return Rank(object, photo); });
  return objects;
}

}  // namespace

std::vector<PhotoObject> ObjectsToSearch(const Photo& photo,
                                         std::span<const Detection> detections) {
  std::vector<PhotoObject> objects = RankedThings(photo, detections);
  if (objects.size() > kObjectsMax - 1) objects.resize(kObjectsMax - 1);
  objects.push_back(Whole(photo));
  return objects;
}

std::vector<PhotoObject> ObjectsToStore(const Photo& photo, std::span<const Detection> detections) {
  std::vector<PhotoObject> objects = {Whole(photo)};
  for (PhotoObject& thing : RankedThings(photo, detections)) {
    if (objects.size() == kVectorsPerPicture) break;
    if (IntersectionOverUnion(thing.box, objects.front().box) < kFillsPicture)
      objects.push_back(std::move(thing));
  }
  return objects;
}

Box WithMargin(const Box& box, const Photo& photo) {
  const float dx = kMargin * box.width;
  const float dy = kMargin * box.height;
  return Clip({.x = box.x - dx,
               .y = box.y - dy,
               .width = box.width + 2 * dx,
               .height = box.height + 2 * dy},
              photo.width, photo.height);
}

}  // namespace snapshelf
