#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "server/http.h"

namespace snapshelf {

/// Where a handler runs. Handlers of kCompute and kStore may block; both have a bounded line in
/// front and answer 503 when it is full. kStore is for what must not wait behind inference.
enum class Lane : std::uint8_t { kInline, kStore, kCompute };

struct Route {
  std::string method;   ///< "GET" also answers HEAD
  std::string pattern;  ///< "/v1/products/{id}/similar": each {name} takes one segment
  Lane lane = Lane::kInline;
  HttpHandler handler;
  std::string name;  ///< in logs and metrics; empty: the pattern
};

/// Finds the handler of a request. Filled once before the server starts, then only read.
class Router {
 public:
  void Add(Route route);

  struct Match {
    const Route* route = nullptr;
    std::vector<std::string> values;  ///< decoded, one per {name}
  };
  /// errors: 404; 405 with Allow when other methods would match; 400 for bad percent encoding.
  [[nodiscard]] std::expected<Match, Problem> Find(std::string_view method,
                                                   std::string_view path) const;

 private:
  struct Entry {
    Route route;
    std::vector<std::string> segments;
  };
  std::vector<Entry> entries_;
};

}  // namespace snapshelf
