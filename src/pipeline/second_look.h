#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pipeline/match_products.h"
#include "pipeline/shop.h"

namespace snapshelf {

/// What a second look at the picture will compare: the record of Picture::local_features.
[[nodiscard]] Result<std::vector<std::byte>> MakeLocalFeatures(const Photo& photo);

/// The most pictures of a catalog that a second look can be taken at: with at most 26,832 bytes
/// each (kRecordBytesMax) about 4 GB of disk.
inline constexpr std::int64_t kSecondLookPictures = 150'000;

/// Whether the catalog has less than `pictures_max` pictures.
[[nodiscard]] Result<bool> HasRoomForLocalFeatures(const Shop& shop, std::int64_t pictures_max);

/// Compares an object spot by spot with the pictures of its first kShortlist candidates, and puts
/// those first that show the same print (docs/design/0008-second-look.md). Candidates of which no
/// picture was taken in at import stay as they are, as do all where the first is far ahead already.
///
/// candidates  best first, and so again afterwards; score and same_item are raised
/// errors:     those of the store; kCorruption for a damaged record.
/// cost:       at most 35 ms of a core; next to nothing where the catalog has no print.
Status TakeSecondLook(const Shop& shop, const Photo& photo, const Box& box,
                      std::vector<Candidate>& candidates);

}  // namespace snapshelf
