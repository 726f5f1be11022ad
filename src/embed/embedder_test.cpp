// Proves that crops become unit vectors in their order, with and without a projection, that models
// which cannot give them are refused, and that a real ResNet sees that a product is itself.
#include "embed/embedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numeric>

#include "embed/projection.h"
#include "photo/decode.h"
#include "photo/resize.h"
#include "runtime/test_models.h"

namespace snapshelf {
namespace {

using testing::FreshFolder;
using ::testing::HasSubstr;
using testing::MeanNetwork;
using testing::OnnxWriter;
using testing::WriteFile;

/// A network whose 3 features are the mean of each colour.
ModelCard MeanCard(const std::filesystem::path& folder) {
  ModelCard card;
  card.name = "means";
  card.task = "embed";
  card.decoder = "embedding";
  card.file = WriteFile(folder / "means.onnx", MeanNetwork());
  card.input = {.width = 4, .height = 4, .resize = "stretch"};
  card.output_name = "means";
  return card;
}

/// Left half red, right half green.
Photo TwoColours() {
  Photo photo = {.image = {.width = 32, .height = 16, .pixels = {}}, .width = 32, .height = 16};
  for (int i = 0; i < 32 * 16; ++i) {
    const bool left = i % 32 < 16;
    for (const int value : {left ? 200 : 0, left ? 0 : 100, 0})
      photo.image.pixels.push_back(static_cast<std::uint8_t>(value));
  }
  return photo;
}

/// Maps red to axis 0 and green to axis 1 of an embedding.
Projection ColourAxes() {
  Projection projection = {.input_size = 3, .output_size = kEmbeddingDim};
  projection.mean.assign(3, 0);
  projection.matrix.assign(std::size_t{3} * kEmbeddingDim, 0);
  projection.matrix[0] = 1;
  projection.matrix[4] = 1;
  return projection;
}

TEST(FeatureExtractor, GivesTheNetworksNumbersInTheOrderOfTheCrops) {
  const auto extractor =
      FeatureExtractor::Create(MeanCard(FreshFolder("features")), RunMode::kThroughput);
  ASSERT_TRUE(extractor) << extractor.error().message;
  EXPECT_EQ((*extractor)->size(), 3);
  const Photo photo = TwoColours();
  const std::vector<Crop> crops = {
      {.photo = &photo, .box = {.x = 16, .y = 0, .width = 16, .height = 16}},
      {.photo = &photo, .box = {.x = 0, .y = 4, .width = 16, .height = 8}},
      {.photo = &photo, .box = WholeBox(photo)}};
  const auto features = (*extractor)->Extract(crops);
  ASSERT_TRUE(features) << features.error().message;
  EXPECT_EQ(features->shape, (std::vector<std::int64_t>{3, 3}));
  EXPECT_THAT(features->values,
              ::testing::Pointwise(::testing::FloatNear(1),
                                   std::vector<float>{0, 100, 0, 200, 0, 0, 100, 50, 0}));
}

TEST(FeatureExtractor, RefusesAModelForAnotherTask) {
  ModelCard card = MeanCard(FreshFolder("embed_task"));
  card.task = "detect";
  const auto extractor = FeatureExtractor::Create(card, RunMode::kThroughput);
  ASSERT_FALSE(extractor);
  EXPECT_EQ(extractor.error().code, Code::kInvalidArgument);
}

TEST(FeatureExtractor, RefusesAnOutputThatIsNoVector) {
  ModelCard card = MeanCard(FreshFolder("embed_map"));
  card.output_name = "copy";
  const auto extractor = FeatureExtractor::Create(card, RunMode::kThroughput);
  ASSERT_FALSE(extractor);
  EXPECT_EQ(extractor.error().code, Code::kInvalidArgument);
  EXPECT_THAT(extractor.error().message, HasSubstr("[1, 3, 4, 4] is not one vector per image"));
}

TEST(Embedder, ProjectsToUnitVectorsInTheOrderOfTheCrops) {
  const auto folder = FreshFolder("embedder_projects");
  ModelCard card = MeanCard(folder);
  card.projection = folder / "colours.projection";
  ASSERT_TRUE(WriteProjection(ColourAxes(), card.projection));
  const auto embedder = Embedder::Create(card, RunMode::kLatency);
  ASSERT_TRUE(embedder) << embedder.error().message;
  const Photo photo = TwoColours();
  const std::vector<Crop> crops = {
      {.photo = &photo, .box = {.x = 17, .y = 0, .width = 15, .height = 16}},
      {.photo = &photo, .box = {.x = 0, .y = 0, .width = 15, .height = 16}}};
  const auto embeddings = (*embedder)->Embed(crops);
  ASSERT_TRUE(embeddings) << embeddings.error().message;
  ASSERT_EQ(embeddings->size(), 2U);
  EXPECT_NEAR((*embeddings)[0][1], 1, 1e-3);
  EXPECT_NEAR((*embeddings)[1][0], 1, 1e-3);
}

TEST(Embedder, TellsWhenAnEmbeddingHasNoDirection) {
  const auto folder = FreshFolder("embedder_black");
  ModelCard card = MeanCard(folder);
  card.projection = folder / "colours.projection";
  ASSERT_TRUE(WriteProjection(ColourAxes(), card.projection));
  const auto embedder = Embedder::Create(card, RunMode::kLatency);
  ASSERT_TRUE(embedder) << embedder.error().message;
  const Photo black = {.image = {.width = 4, .height = 4, .pixels = std::vector<std::uint8_t>(48)},
                       .width = 4,
                       .height = 4};
  const Crop crop = {.photo = &black, .box = WholeBox(black)};
  const auto embeddings = (*embedder)->Embed(std::span(&crop, 1));
  ASSERT_FALSE(embeddings);
  EXPECT_EQ(embeddings.error().code, Code::kInternal);
}

TEST(Embedder, TakesNoCrops) {
  const auto folder = FreshFolder("embedder_empty");
  ModelCard card = MeanCard(folder);
  card.projection = folder / "colours.projection";
  ASSERT_TRUE(WriteProjection(ColourAxes(), card.projection));
  const auto embedder = Embedder::Create(card, RunMode::kLatency);
  ASSERT_TRUE(embedder) << embedder.error().message;
  const auto embeddings = (*embedder)->Embed({});
  ASSERT_TRUE(embeddings) << embeddings.error().message;
  EXPECT_TRUE(embeddings->empty());
}

TEST(Embedder, RefusesAModelOfAnotherLengthWithoutProjection) {
  const auto embedder = Embedder::Create(MeanCard(FreshFolder("embedder_3d")), RunMode::kLatency);
  ASSERT_FALSE(embedder);
  EXPECT_EQ(embedder.error().code, Code::kInvalidArgument);
  EXPECT_THAT(embedder.error().message, HasSubstr("fit-projection"));
}

TEST(Embedder, RefusesAProjectionOfAnotherModel) {
  const auto folder = FreshFolder("embedder_other");
  ModelCard card = MeanCard(folder);
  card.projection = folder / "other.projection";
  const Projection other = {
      .input_size = 4, .output_size = 1, .mean = {0, 0, 0, 0}, .matrix = {1, 1, 1, 1}};
  ASSERT_TRUE(WriteProjection(other, card.projection));
  const auto embedder = Embedder::Create(card, RunMode::kLatency);
  ASSERT_FALSE(embedder);
  EXPECT_EQ(embedder.error().code, Code::kInvalidArgument);
  EXPECT_THAT(embedder.error().message, HasSubstr("gives 3 numbers, its projection"));
}

Photo ReadPhoto(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  auto photo = DecodePhoto(std::as_bytes(std::span(bytes)));
  EXPECT_TRUE(photo) << path << ": " << photo.error().message;
  return photo ? *std::move(photo) : Photo{};
}

float Cosine(std::span<const float> a, std::span<const float> b) {
  const auto dot = [](std::span<const float> x, std::span<const float> y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0F);
  };
  return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

/// A real network and real catalog pictures.
class RealFeatures : public ::testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  void SetUp() override {
    if (!testing::HasSharedFolder()) GTEST_SKIP() << testing::kNoSharedFolder;
    ASSERT_TRUE(InitPhoto("embed_test"));
    const auto [name, model] = GetParam();
    const auto path = testing::InstallCard(std::string(name) + ".json", model,
                                           FreshFolder(std::string("real_") + name));
    std::ifstream file(path);
    const std::string json{std::istreambuf_iterator<char>(file), {}};
    const auto card = ParseModelCard(json, path.parent_path());
    ASSERT_TRUE(card) << card.error().message;
    auto extractor = FeatureExtractor::Create(*card, RunMode::kThroughput);
    ASSERT_TRUE(extractor) << extractor.error().message;
    extractor_ = std::move(*extractor);
  }

  static std::vector<Photo> CatalogPhotos(std::size_t count) {
    std::vector<std::filesystem::path> files;
    const auto folder = testing::SharedFolder() / "data/magento";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".jpg") files.push_back(entry.path());
    std::ranges::sort(files);
    EXPECT_GE(files.size(), count);
    files.resize(std::min(files.size(), count));
    std::vector<Photo> photos;
    for (const auto& file : files) photos.push_back(ReadPhoto(file));
    return photos;
  }

  std::unique_ptr<FeatureExtractor> extractor_;
};

INSTANTIATE_TEST_SUITE_P(Models, RealFeatures,
                         ::testing::Values(std::pair("resnet50_c4", "resnet50_c4_imagenet.onnx"),
                                           std::pair("densenet121", "densenet121_imagenet.onnx")),
                         [](const auto& test) { return std::string(test.param.first); });

TEST_P(RealFeatures, KnowAPictureAgainWhenItsBorderIsCutOff) {
  constexpr std::size_t kPictures = 24;
  const std::vector<Photo> photos = CatalogPhotos(kPictures);
  std::vector<Crop> crops;
  for (const Photo& photo : photos) crops.push_back({.photo = &photo, .box = WholeBox(photo)});
  for (const Photo& photo : photos) {
    const Box box = WholeBox(photo);
    crops.push_back({.photo = &photo,
                     .box = {.x = box.width * 0.05F,
                             .y = box.height * 0.05F,
                             .width = box.width * 0.9F,
                             .height = box.height * 0.9F}});
  }
  const auto features = extractor_->Extract(crops);
  ASSERT_TRUE(features) << features.error().message;
  const auto size = static_cast<std::size_t>(extractor_->size());
  const auto row = [&](std::size_t i) {
    return std::span(features->values).subspan(i * size, size);
  };
  int right = 0;
  for (std::size_t i = 0; i < kPictures; ++i) {
    std::size_t best = 0;
    for (std::size_t j = 1; j < kPictures; ++j)
      if (Cosine(row(kPictures + i), row(j)) > Cosine(row(kPictures + i), row(best))) best = j;
    right += static_cast<int>(best == i);
  }
  EXPECT_GE(right, 22) << "of " << kPictures;
}

}  // namespace
}  // namespace snapshelf
