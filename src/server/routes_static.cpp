// The page: every file of a folder.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/sha256.h"
#include "server/compress.h"
#include "server/files.h"
#include "server/routes.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;

/// A page of more is a folder that was not meant to be served.
constexpr std::size_t kFolderBytesMax = 64 << 20;
constexpr int kSmallest = 9;

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kMediaTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
    {".xml", "application/xml"},
}};

/// Only what the server itself serves; blob: and data: are the shopper's own photo before upload.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'{}; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Lets a worker compile WebAssembly, and no text as script. The page itself may not.
constexpr std::string_view kWebAssembly = " 'wasm-unsafe-eval'";
constexpr std::array<std::string_view, 2> kWebAssemblyWorkers = {"photo_worker.js",
                                                                 "detect_worker.js"};

/// The element's module, which pages of other origins load.
constexpr std::string_view kElement = "shop-by-image.js";
/// Shops keep this address: a new version is there within ten minutes, and nobody waits for it.
constexpr std::string_view kElementCache = "public, max-age=600, stale-while-revalidate=86400";

std::string_view MediaTypeOf(const fs::path& path) {
  const auto* const found =
      std::ranges::find(kMediaTypes, path.extension().string(),
                        &std::pair<std::string_view, std::string_view>::first);
  return found == kMediaTypes.end() ? "application/octet-stream" : found->second;
}

struct StaticFile {
  std::string media_type;
  std::string etag;
  std::string cache_control;
  std::string text;
  std::string packed;  ///< by gzip; empty: not worth it
  std::string policy;  ///< Content-Security-Policy
  bool is_for_all_origins = false;
};

HttpResult Serve(const StaticFile& file, const HttpRequest& request) {
  HttpResponse response{.status = 200,
                        .media_type = file.media_type,
                        .headers = {{"ETag", file.etag},
                                    {"Cache-Control", file.cache_control},
                                    {"Content-Security-Policy", file.policy},
                                    {"Referrer-Policy", "no-referrer"},
                                    {"Permissions-Policy", "camera=(self)"}},
                        .body = {},
                        .events = {}};
  if (file.is_for_all_origins) {
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    response.headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
  }
  if (MatchesEtag(request.Header("if-none-match"), file.etag)) {
    response.status = 304;
  } else if (!file.packed.empty() && AcceptsGzip(request.Header("accept-encoding"))) {
    response.body = file.packed;
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.headers.emplace_back("Vary", "Accept-Encoding");
  } else {
    response.body = file.text;
  }
  return response;
}

void AddFile(Router& router, const std::string& path,
             const std::shared_ptr<const StaticFile>& file) {
  router.Add({.method = "GET",
              .pattern = path,
              .lane = Lane::kInline,
              .handler = [file](const HttpRequest& request) { return Serve(*file, request); },
              .name = "/{page}"});
}

/// `packed` is empty where the file has no packed form beside it.
std::shared_ptr<const StaticFile> MakeFile(const fs::path& relative, std::string text,
                                           std::string packed) {
  const std::string hash = Sha256Hex(std::as_bytes(std::span(text.data(), text.size())));
  // The bundler puts a hash of the content into the names of what it writes to assets/.
  const bool is_hashed = *relative.begin() == "assets";
  const bool is_element = relative == kElement;
  const bool compiles = std::ranges::count(kWebAssemblyWorkers, relative.string()) > 0;
  const std::string_view cache = is_element  ? kElementCache
                                 : is_hashed ? "public, max-age=31536000, immutable"
                                             : "no-cache";
  const std::string_view media_type = MediaTypeOf(relative);
  if (packed.empty() && IsWorthPacking(media_type, text.size())) packed = Gzip(text, kSmallest);
  // Weak: the same for both forms of the content.
  return std::make_shared<const StaticFile>(
      StaticFile{.media_type = std::string(media_type),
                 .etag = fmt::format("W/\"{}\"", hash.substr(0, 16)),
                 .cache_control = std::string(cache),
                 .text = std::move(text),
                 .packed = std::move(packed),
                 .policy = fmt::format(kContentSecurityPolicy, compiles ? kWebAssembly : ""),
                 .is_for_all_origins = is_element});
}

}  // namespace

Status AddStaticRoutes(Router& router, const fs::path& folder) {
  std::error_code error;
  if (folder.empty() || !fs::is_directory(folder, error)) {
    LogWarning("no page at /: folder \"{}\" does not exist", folder.string());
    return {};
  }
  std::size_t bytes = 0;
  for (auto it = fs::recursive_directory_iterator(folder, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (!it->is_regular_file(error) || it->is_symlink(error)) continue;
    const fs::path relative = it->path().lexically_relative(folder);
    if (relative.string().find_first_of("{}") != std::string::npos) continue;  // a route's pattern
    if (relative.extension() == ".gz") continue;  // read with the file that it belongs to
    auto text = ReadTextFile(it->path());
    if (!text) return std::unexpected(std::move(text).error());
    Result<std::string> packed;
    const fs::path beside = it->path().string() + ".gz";
    std::error_code none;
    if (fs::is_regular_file(fs::symlink_status(beside, none))) packed = ReadTextFile(beside);
    if (!packed) return std::unexpected(std::move(packed).error());
    bytes += text->size() + packed->size();
    if (bytes > kFolderBytesMax)
      return Fail(Code::kResourceExhausted,
                  fmt::format("{}: the page's folder holds more than {} bytes", folder.string(),
                              kFolderBytesMax));
    const auto file = MakeFile(relative, std::move(*text), std::move(*packed));
    AddFile(router, "/" + relative.generic_string(), file);
    if (relative == "index.html") AddFile(router, "/", file);
  }
  if (error) return Fail(Code::kIoError, fmt::format("{}: {}", folder.string(), error.message()));
  return {};
}

}  // namespace snapshelf
