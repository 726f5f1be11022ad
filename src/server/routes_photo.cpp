// GET /v1/photo: a photo from its address, for a page that may read from this server only.
#include <string>

#include "pipeline/shrink_photo.h"
#include "server/problem.h"
#include "server/query_params.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

HttpResult GetPhoto(const Shop& shop, const PictureFetcher& fetcher, const HttpRequest& request) {
  if (!fetcher.takes_public())
    return std::unexpected(ProblemOf({Code::kNotFound,
                                      "addresses of photos are off (serve --photo-addresses "
                                      "switches them on); send the photo"}));
  std::string address;
  for (const auto& [name, value] : request.query) {
    if (name != "address")
      return std::unexpected(InvalidFields({{name, value, "unknown; address is known"}}));
    if (!address.empty()) return std::unexpected(InvalidFields({{name, value, "given twice"}}));
    address = value;
  }
  if (address.empty())
    return std::unexpected(InvalidFields({{"address", "", "must be the address of a photo"}}));
  const auto bytes = fetcher.FetchPublic(address);
  if (!bytes) return std::unexpected(ProblemOf(bytes.error()));
  const auto photo = ShrinkPhoto(*bytes, shop.limits);
  if (!photo) return std::unexpected(ProblemOf(photo.error()));
  return HttpResponse{
      .status = 200,
      .media_type = "image/jpeg",
      .headers = {{"Cache-Control", "no-store"}},
      .body = std::string(reinterpret_cast<const char*>(photo->data()), photo->size()),
      .events = {}};
}

}  // namespace

void AddPhotoRoutes(Router& router, const Services& services, const PictureFetcher& fetcher) {
  const CurrentShop& shops = services.shops;
  router.Add({.method = "GET",
              .pattern = "/v1/photo",
              .lane = Lane::kStore,
              .handler =
                  [&shops, &fetcher](const HttpRequest& request) {
                    return GetPhoto(*shops.Get(), fetcher, request);
                  },
              .name = {}});
}

}  // namespace snapshelf
