// Other origins get what shoppers see, when they are allowed, and nothing else.
#include "server/cors.h"

#include <gtest/gtest.h>

namespace snapshelf {
namespace {

const std::vector<std::string> kOrigins = {"https://shop.example"};

HttpRequest From(const std::string& origin) {
  return {.method = "POST", .path = "/v1/search", .headers = {{"origin", origin}}};
}

Fields HeadersFor(const std::string& method, const std::string& pattern,
                  const std::string& origin) {
  HttpResponse response;
  AddCorsHeaders(kOrigins, {.method = method, .pattern = pattern}, From(origin), response);
  return response.headers;
}

TEST(Cors, OriginsAreSchemeAndHost) {
  for (const char* const good : {"https://shop.example", "http://10.0.0.2:8000", "http://[::1]:80"})
    EXPECT_TRUE(CheckOrigin(good)) << good;
  for (const char* const bad :
       {"", "*", "null", "shop.example", "https://", "https://shop.example/",
        "https://Shop.example", "ftp://shop.example", "https://a b"})
    EXPECT_FALSE(CheckOrigin(bad)) << bad;
}

TEST(Cors, AnAllowedOriginReadsSearches) {
  const Fields headers = HeadersFor("POST", "/v1/search", "https://shop.example");
  EXPECT_EQ(headers, (Fields{{"Vary", "Origin"},
                             {"Access-Control-Allow-Origin", "https://shop.example"},
                             {"Access-Control-Expose-Headers", "Retry-After, X-Request-Id"}}));
}

TEST(Cors, OthersAndOtherRoutesDoNot) {
  EXPECT_EQ(HeadersFor("POST", "/v1/search", "https://evil.example"), (Fields{{"Vary", "Origin"}}));
  EXPECT_TRUE(HeadersFor("PUT", "/v1/products/{id}", "https://shop.example").empty());
  EXPECT_TRUE(HeadersFor("GET", "/metrics", "https://shop.example").empty());
}

TEST(Cors, PreflightsExistOnlyWithOrigins) {
  Router closed;
  AddPreflightRoutes(closed, {});
  EXPECT_FALSE(closed.Find("OPTIONS", "/v1/search"));
  Router open;
  AddPreflightRoutes(open, kOrigins);
  const auto match = open.Find("OPTIONS", "/v1/search");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->route->handler(From("https://shop.example"))->status, 204);
  EXPECT_EQ(match->route->handler(From("https://evil.example")).error().status, 403);
  EXPECT_FALSE(open.Find("OPTIONS", "/v1/imports"));
}

}  // namespace
}  // namespace snapshelf
