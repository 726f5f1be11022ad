// Proves that Model runs any number of images through a network in both modes and from many threads
// with the right numbers, and that files which are no such network are refused with a clear reason.
#include "runtime/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <numeric>
#include <ostream>
#include <thread>

#include "runtime/test_networks.h"

namespace snapshelf {
namespace {

using testing::FreshFolder;
using ::testing::HasSubstr;
using testing::MeanNetwork;
using testing::OnnxWriter;
using testing::WriteFile;

std::filesystem::path TestFile(const std::string& bytes) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string("model_") + test->name();
  for (char& c : name)
    if (c == '/') c = '_';
  return WriteFile(FreshFolder(name) / "model.onnx", bytes);
}

/// `count` images of side 4 whose plane c of image i is filled with 10 * i + c.
Tensor Numbered(std::size_t count) {
  Tensor images = {.shape = {static_cast<std::int64_t>(count), 3, 4, 4}, .values = {}};
  for (std::size_t plane = 0; plane < 3 * count; ++plane)
    images.values.insert(images.values.end(), 16, static_cast<float>(10 * (plane / 3) + plane % 3));
  return images;
}

std::vector<float> MeansOf(std::size_t count) {
  std::vector<float> means;
  for (std::size_t plane = 0; plane < 3 * count; ++plane)
    means.push_back(static_cast<float>(10 * (plane / 3) + plane % 3));
  return means;
}

class ModelRun : public ::testing::TestWithParam<RunMode> {};
INSTANTIATE_TEST_SUITE_P(Modes, ModelRun,
                         ::testing::Values(RunMode::kLatency, RunMode::kThroughput),
                         [](const auto& mode) {
                           return mode.param == RunMode::kLatency ? "Latency" : "Throughput";
                         });

TEST_P(ModelRun, GivesOneRowPerImageInOrder) {
  const auto model = Model::Load(TestFile(MeanNetwork()), {.mode = GetParam()});
  ASSERT_TRUE(model) << model.error().message;
  for (const std::size_t count : {1, 2, 3, 7}) {
    const auto output = (*model)->Run(Numbered(count));
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_EQ(output->shape,
              (std::vector<std::int64_t>{static_cast<std::int64_t>(count), 3, 1, 1}));
    EXPECT_EQ(output->values, MeansOf(count));
  }
}

TEST_P(ModelRun, GivesNoRowsForNoImages) {
  const auto model = Model::Load(TestFile(MeanNetwork()), {.mode = GetParam()});
  ASSERT_TRUE(model) << model.error().message;
  const auto output = (*model)->Run({.shape = {0, 3, 4, 4}, .values = {}});
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->shape, (std::vector<std::int64_t>{0, 3, 1, 1}));
  EXPECT_TRUE(output->values.empty());
}

// The batch of 2 is a constant inside the network: it cannot be changed, so the last piece of an
// odd number of images is filled up.
TEST_P(ModelRun, FillsUpABatchThatIsBuiltIn) {
  const auto bytes = OnnxWriter()
                         .Input("images", {2, 3, 4, 4})
                         .Constant("rows", {2, 48})
                         .Node("Reshape", {"images", "rows"}, "flat")
                         .Output("flat", {2, 48})
                         .Model();
  const auto model = Model::Load(TestFile(bytes), {.mode = GetParam()});
  ASSERT_TRUE(model) << model.error().message;
  const Tensor images = Numbered(5);
  const auto output = (*model)->Run(images);
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->shape, (std::vector<std::int64_t>{5, 48}));
  EXPECT_EQ(output->values, images.values);
}

TEST_P(ModelRun, ServesManyThreadsAtOnce) {
  const auto model = Model::Load(TestFile(MeanNetwork()), {.mode = GetParam()});
  ASSERT_TRUE(model) << model.error().message;
  std::vector<int> wrong(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < wrong.size(); ++i)
      threads.emplace_back([&, i] {
        for (int repeat = 0; repeat < 20; ++repeat) {
          const auto output = (*model)->Run(Numbered(i % 3 + 1));
          wrong[i] += static_cast<int>(!output || output->values != MeansOf(i % 3 + 1));
        }
      });
  }
  EXPECT_EQ(std::accumulate(wrong.begin(), wrong.end(), 0), 0);
}

TEST(Model, TellsShapesAndOutputs) {
  const auto model =
      Model::Load(TestFile(MeanNetwork(-1, -1)), {.input_height = 6, .input_width = 8});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ((*model)->input_shape(), (std::vector<std::int64_t>{-1, 3, 6, 8}));
  EXPECT_EQ((*model)->output_shape(), (std::vector<std::int64_t>{1, 3, 1, 1}));
  EXPECT_THAT((*model)->output_names(), ::testing::ElementsAre("means", "copy"));
}

TEST(Model, ReturnsTheOutputThatIsAskedFor) {
  const auto model = Model::Load(TestFile(MeanNetwork()), {.input = "images", .output = "copy"});
  ASSERT_TRUE(model) << model.error().message;
  const auto output = (*model)->Run(Numbered(3));
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->values, Numbered(3).values);
}

TEST(Model, IsNearlyTheSameInBFloat16) {
  const auto model = Model::Load(TestFile(MeanNetwork()), {.precision = Precision::kBFloat16});
  ASSERT_TRUE(model) << model.error().message;
  const auto output = (*model)->Run(Numbered(3));
  ASSERT_TRUE(output) << output.error().message;
  // bfloat16 keeps 8 bits of a number.
  EXPECT_THAT(output->values, ::testing::Pointwise(::testing::FloatNear(0.15F), MeansOf(3)));
}

TEST(Model, RefusesImagesOfAnotherSize) {
  const auto model = Model::Load(TestFile(MeanNetwork()), {});
  ASSERT_TRUE(model) << model.error().message;
  const auto output = (*model)->Run({.shape = {1, 3, 4, 5}, .values = std::vector<float>(60)});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, Code::kInvalidArgument);
  EXPECT_THAT(output.error().message,
              HasSubstr("[1, 3, 4, 5] does not fit, expected [N, 3, 4, 4]"));
}

TEST(Model, RefusesFewerValuesThanTheShapeSays) {
  const auto model = Model::Load(TestFile(MeanNetwork()), {});
  ASSERT_TRUE(model) << model.error().message;
  const auto output = (*model)->Run({.shape = {2, 3, 4, 4}, .values = std::vector<float>(48)});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, Code::kInvalidArgument);
}

struct BadFile {
  const char* name;
  std::string bytes;
  ModelOptions options;
  Code code;
  const char* message;
};

void PrintTo(const BadFile& file, std::ostream* out) {
  *out << file.name;
}

class ModelLoad : public ::testing::TestWithParam<BadFile> {};

TEST_P(ModelLoad, Refuses) {
  const auto model = Model::Load(TestFile(GetParam().bytes), GetParam().options);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, GetParam().code) << model.error().message;
  EXPECT_THAT(model.error().message, HasSubstr(GetParam().message));
  EXPECT_THAT(model.error().message, HasSubstr("model.onnx"));
}

INSTANTIATE_TEST_SUITE_P(
    Bad, ModelLoad,
    ::testing::Values(
        BadFile{"EmptyFile", "", {}, Code::kCorruption, "not a readable ONNX file"},
        BadFile{"Text", "this is no network", {}, Code::kCorruption, "not a readable ONNX file"},
        BadFile{"CutFile",
                MeanNetwork().substr(0, 100),
                {},
                Code::kCorruption,
                "not a readable ONNX file"},
        BadFile{"TwoInputs",
                OnnxWriter()
                    .Input("a", {1, 3, 4, 4})
                    .Input("b", {1, 3, 4, 4})
                    .Node("Add", {"a", "b"}, "sum")
                    .Output("sum", {1, 3, 4, 4})
                    .Model(),
                {},
                Code::kInvalidArgument,
                "has 2 inputs"},
        BadFile{"GreyImages",
                OnnxWriter()
                    .Input("images", {1, 1, 4, 4})
                    .Node("Identity", {"images"}, "copy")
                    .Output("copy", {1, 1, 4, 4})
                    .Model(),
                {},
                Code::kInvalidArgument,
                "input shape 1, 1, 4, 4 is not [N, 3, H, W]"},
        BadFile{"NoImages",
                OnnxWriter()
                    .Input("text", {1, 77})
                    .Node("Identity", {"text"}, "copy")
                    .Output("copy", {1, 77})
                    .Model(),
                {},
                Code::kInvalidArgument,
                "is not [N, 3, H, W]"},
        BadFile{"DynamicSides",
                MeanNetwork(-1, -1),
                {},
                Code::kInvalidArgument,
                "height and width are dynamic"},
        BadFile{"UnknownOutput",
                MeanNetwork(),
                {.output = "features"},
                Code::kInvalidArgument,
                "no output \"features\", only [\"means\", \"copy\"]"},
        BadFile{"UnknownInput",
                MeanNetwork(),
                {.input = "pixels"},
                Code::kInvalidArgument,
                "no input \"pixels\", only \"images\""},
        BadFile{"NoRowPerImage",
                OnnxWriter()
                    .Input("images", {1, 3, 4, 4})
                    .Constant("shape", {48, 1})
                    .Node("Reshape", {"images", "shape"}, "flat")
                    .Output("flat", {48, 1})
                    .Model(),
                {},
                Code::kInvalidArgument,
                "does not have one row per image"}),
    [](const auto& test) { return test.param.name; });

TEST(Model, RefusesAMissingFile) {
  const auto model = Model::Load(FreshFolder("no_model") / "model.onnx", {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::kNotFound);
  EXPECT_THAT(model.error().message, HasSubstr("model.onnx: no such file"));
}

}  // namespace
}  // namespace snapshelf
