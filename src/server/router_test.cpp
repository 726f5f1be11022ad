// Which handler gets which address, and what a client is told when none does.
#include "server/router.h"

#include <gtest/gtest.h>

namespace snapshelf {
namespace {

Router MakeRouter() {
  Router router;
  const HttpHandler handler = [](const HttpRequest&) { return HttpResponse{}; };
  for (const char* const method : {"GET", "PUT", "DELETE"})
    router.Add({.method = method, .pattern = "/v1/products/{id}", .handler = handler});
  router.Add({.method = "GET", .pattern = "/v1/products/{id}/similar", .handler = handler});
  router.Add({.method = "GET", .pattern = "/", .handler = handler});
  return router;
}

TEST(Router, DecodesSegmentsAfterSplitting) {
  const Router router = MakeRouter();
  const auto match = router.Find("GET", "/v1/products/a%2Fb%20c");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->values, std::vector<std::string>{"a/b c"});
}

TEST(Router, TellsPatternsApart) {
  const Router router = MakeRouter();
  EXPECT_EQ(router.Find("GET", "/v1/products/7/similar")->route->pattern,
            "/v1/products/{id}/similar");
  EXPECT_EQ(router.Find("GET", "/")->route->pattern, "/");
}

TEST(Router, HeadIsAnsweredByGet) {
  EXPECT_EQ(MakeRouter().Find("HEAD", "/")->values.size(), 0U);
}

TEST(Router, OtherMethodsGetTheAllowedOnes) {
  const auto match = MakeRouter().Find("POST", "/v1/products/7");
  ASSERT_FALSE(match);
  EXPECT_EQ(match.error().status, 405);
  EXPECT_EQ(match.error().headers, (Fields{{"Allow", "DELETE, GET, HEAD, PUT"}}));
}

TEST(Router, UnknownAndMalformedAddressesAreRefused) {
  const Router router = MakeRouter();
  for (const char* const path :
       {"/v1", "/v1/products/", "/v1/products//similar", "//", "/v1/products/7/x"})
    EXPECT_EQ(router.Find("GET", path).error().status, 404) << path;
  for (const char* const path : {"", "*", "http://host/", "/v1/products/%zz"})
    EXPECT_EQ(router.Find("GET", path).error().status, 400) << path;
}

}  // namespace
}  // namespace snapshelf
