// Proves that photo, detect and embed give what Python gives (Pillow, NumPy, ONNX Runtime) with the
// default models on pictures of the demo: the check that both sides prepare pictures alike.
// default_models.json holds Python's answers; make_golden.py writes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/sha256.h"
#include "detect/detector.h"
#include "embed/embedder.h"
#include "photo/decode.h"

namespace snapshelf {
namespace {

using nlohmann::json;

// Boxes whose score lies within this distance of the threshold may be found by one side only.
constexpr float kScoreSlack = 0.03F;

std::filesystem::path Source(const std::string& file) {
  return std::filesystem::path(SNAPSHELF_SOURCE_DIR) / file;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Box ToBox(const json& numbers) {
  return {.x = numbers[0], .y = numbers[1], .width = numbers[2], .height = numbers[3]};
}

class Golden : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(InitPhoto("golden_test"));
    golden_ = json::parse(ReadFile(Source("tests/golden/default_models.json")));
    for (const auto& [file, sha256] : golden_["models"].items()) ExpectUnchanged(file, sha256);
    for (const json& picture : golden_["pictures"])
      ExpectUnchanged(picture["file"], picture["sha256"]);
  }

  static void ExpectUnchanged(const std::string& file, const std::string& sha256) {
    const auto actual = Sha256HexOfFile(Source(file));
    ASSERT_TRUE(actual) << actual.error().message << ": run tests/golden/make_golden.py";
    ASSERT_EQ(*actual, sha256) << file << " was replaced: run tests/golden/make_golden.py";
  }

  static Photo ReadPhoto(const json& picture) {
    const std::string bytes = ReadFile(Source(picture["file"]));
    auto photo = DecodePhoto(std::as_bytes(std::span(bytes)));
    EXPECT_TRUE(photo) << photo.error().message;
    return photo ? *std::move(photo) : Photo{};
  }

  json golden_;
};

/// Whether one of `candidates` has the class, the place and nearly the score of `wanted`.
bool HasEqual(const Detection& wanted, const std::vector<Detection>& candidates) {
  return std::ranges::any_of(candidates, [&](const Detection& candidate) {
    return candidate.class_name == wanted.class_name &&
           IntersectionOverUnion(candidate.box, wanted.box) > 0.95F &&
           std::abs(candidate.score - wanted.score) < kScoreSlack;
  });
}

std::vector<Detection> ExpectedDetections(const json& picture) {
  std::vector<Detection> expected;
  for (const json& box : picture["boxes"])
    expected.push_back(
        {.box = ToBox(box["box"]), .class_name = box["class"], .score = box["score"]});
  return expected;
}

TEST_F(Golden, DetectorFindsTheBoxesThatPythonFinds) {
  const auto card = ReadModelCard(Source("models/detector/model.json"));
  ASSERT_TRUE(card) << card.error().message;
  const auto detector = Detector::Create(*card, RunMode::kLatency);
  ASSERT_TRUE(detector) << detector.error().message;
  const float sure = card->score_threshold + kScoreSlack;
  std::size_t boxes = 0;
  for (const json& picture : golden_["pictures"]) {
    const Photo photo = ReadPhoto(picture);
    const Photo* const pointer = &photo;
    const auto found = (*detector)->Detect(std::span(&pointer, 1));
    ASSERT_TRUE(found) << found.error().message;
    const auto expected = ExpectedDetections(picture);
    for (const Detection& one : expected)
      EXPECT_TRUE(one.score < sure || HasEqual(one, found->front()))
          << picture["file"] << ": C++ misses " << one.class_name << ' ' << one.score;
    for (const Detection& one : found->front())
      EXPECT_TRUE(one.score < sure || HasEqual(one, expected))
          << picture["file"] << ": only C++ finds " << one.class_name << ' ' << one.score;
    boxes += expected.size();
  }
  EXPECT_GE(boxes, golden_["pictures"].size());
}

TEST_F(Golden, EmbedderGivesTheEmbeddingsThatPythonGives) {
  const auto card = ReadModelCard(Source("models/embedder/model.json"));
  ASSERT_TRUE(card) << card.error().message;
  const auto embedder = Embedder::Create(*card, RunMode::kLatency);
  ASSERT_TRUE(embedder) << embedder.error().message;
  float lowest = 1;
  for (const json& picture : golden_["pictures"]) {
    const Photo photo = ReadPhoto(picture);
    for (const json& expected : picture["crops"]) {
      const Crop crop = {.photo = &photo, .box = ToBox(expected["box"])};
      const auto embeddings = (*embedder)->Embed(std::span(&crop, 1));
      ASSERT_TRUE(embeddings) << embeddings.error().message;
      const auto golden = expected["embedding"].get<std::vector<float>>();
      ASSERT_EQ(golden.size(), embeddings->front().size());
      const float cosine =
          std::inner_product(golden.begin(), golden.end(), embeddings->front().begin(), 0.0F);
      EXPECT_GT(cosine, 0.999F) << picture["file"] << ' ' << expected["box"];
      lowest = std::min(lowest, cosine);
    }
  }
  RecordProperty("lowest_cosine", std::to_string(lowest));
}

}  // namespace
}  // namespace snapshelf
