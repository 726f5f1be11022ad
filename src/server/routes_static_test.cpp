// The page's files: right types and headers, and no way out of their folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "server/routes.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

using testing::StartsWith;

class StaticRoutes : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "web" / "assets");
    std::ofstream(folder_ / "web" / "index.html") << "<!doctype html>";
    std::ofstream(folder_ / "web" / "assets" / "app-1a2b.js") << "1";
    std::ofstream(folder_ / "web" / "shop-by-image.js") << "2";
    std::ofstream(folder_ / "secret.txt") << "secret";
    fs::create_symlink(folder_ / "secret.txt", folder_ / "web" / "link.txt");
    ASSERT_TRUE(AddStaticRoutes(router_, folder_ / "web"));
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] HttpResponse Get(const std::string& path, Fields headers = {}) const {
    const auto match = router_.Find("GET", path);
    if (!match) return {.status = match.error().status};
    HttpRequest request{.method = "GET", .path = path, .headers = std::move(headers)};
    return *match->route->handler(request);
  }
  static std::string HeaderOf(const HttpResponse& response, const std::string& name) {
    for (const auto& [found, value] : response.headers)
      if (found == name) return value;
    return "";
  }

  fs::path folder_ = fs::temp_directory_path() / ("snapshelf_static_" + std::to_string(getpid()));
  Router router_;
};

TEST_F(StaticRoutes, ServesThePageWithAStrictPolicy) {
  const HttpResponse page = Get("/");
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_EQ(page.media_type, "text/html; charset=utf-8");
  EXPECT_TRUE(HeaderOf(page, "Content-Security-Policy")
                  .starts_with("default-src 'none'; script-src 'self';"));
  EXPECT_EQ(HeaderOf(page, "Cache-Control"), "no-cache");
}

TEST_F(StaticRoutes, KeepsHashedAssetsForLong) {
  const HttpResponse script = Get("/assets/app-1a2b.js");
  EXPECT_EQ(script.media_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(HeaderOf(script, "Cache-Control"), "public, max-age=31536000, immutable");
}

TEST_F(StaticRoutes, PacksLargeTextForThoseWhoTakeIt) {
  const std::string script(20'000, 'x');
  std::ofstream(folder_ / "web" / "assets" / "large-3c4d.js") << script;
  Router router;
  ASSERT_TRUE(AddStaticRoutes(router, folder_ / "web"));
  const auto match = router.Find("GET", "/assets/large-3c4d.js");
  ASSERT_TRUE(match);
  HttpRequest request{.method = "GET", .path = "/assets/large-3c4d.js"};
  EXPECT_EQ(match->route->handler(request)->body, script);
  request.headers = {{"accept-encoding", "gzip, br"}};
  const HttpResponse packed = *match->route->handler(request);
  EXPECT_EQ(HeaderOf(packed, "Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 200U);
}

TEST_F(StaticRoutes, TakesThePackedFormBesideAFile) {
  std::ofstream(folder_ / "web" / "assets" / "ort-5e6f.wasm") << "network";
  std::ofstream(folder_ / "web" / "assets" / "ort-5e6f.wasm.gz") << "packed";
  Router router;
  ASSERT_TRUE(AddStaticRoutes(router, folder_ / "web"));
  const auto match = router.Find("GET", "/assets/ort-5e6f.wasm");
  ASSERT_TRUE(match);
  HttpRequest request{.method = "GET", .path = "/assets/ort-5e6f.wasm"};
  const HttpResponse whole = *match->route->handler(request);
  EXPECT_EQ(whole.body, "network");
  EXPECT_EQ(whole.media_type, "application/wasm");
  request.headers = {{"accept-encoding", "gzip"}};
  EXPECT_EQ(match->route->handler(request)->body, "packed");
  EXPECT_FALSE(router.Find("GET", "/assets/ort-5e6f.wasm.gz"));
}

TEST_F(StaticRoutes, LetsOnlyWorkersCompileWebAssembly) {
  std::ofstream(folder_ / "web" / "photo_worker.js") << "import('./assets/heif.js')";
  Router router;
  ASSERT_TRUE(AddStaticRoutes(router, folder_ / "web"));
  const auto script_policy_of = [&](const std::string& path) {
    const HttpRequest request{.method = "GET", .path = path};
    const HttpResponse file = *router.Find("GET", path)->route->handler(request);
    return HeaderOf(file, "Content-Security-Policy").substr(sizeof("default-src 'none'; ") - 1);
  };
  EXPECT_THAT(script_policy_of("/photo_worker.js"),
              StartsWith("script-src 'self' 'wasm-unsafe-eval';"));
  EXPECT_THAT(script_policy_of("/"), StartsWith("script-src 'self';"));
}

TEST_F(StaticRoutes, GivesTheElementToPagesOfAllOrigins) {
  const HttpResponse script = Get("/shop-by-image.js");
  EXPECT_EQ(script.media_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(HeaderOf(script, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(HeaderOf(script, "Cross-Origin-Resource-Policy"), "cross-origin");
  EXPECT_EQ(HeaderOf(script, "Cache-Control"), "public, max-age=600, stale-while-revalidate=86400");
  EXPECT_EQ(HeaderOf(Get("/"), "Access-Control-Allow-Origin"), "");
}

TEST_F(StaticRoutes, AnswersNotModified) {
  const std::string etag = HeaderOf(Get("/"), "ETag");
  const HttpResponse again = Get("/", {{"if-none-match", etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

TEST_F(StaticRoutes, NothingLeavesTheFolder) {
  for (const char* const path :
       {"/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt", "/..%2fsecret.txt",
        "/link.txt", "//secret.txt", "/assets/", "/assets"})
    EXPECT_EQ(Get(path).status, 404) << path;
}

TEST(StaticRoutesWithoutFolder, IsNoError) {
  Router router;
  EXPECT_TRUE(AddStaticRoutes(router, "/nonexistent/snapshelf"));
}

}  // namespace
}  // namespace snapshelf
