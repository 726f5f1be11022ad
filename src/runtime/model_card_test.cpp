// Proves that a card says everything about a model that C++ must know, that a wrong card is refused
// with the key and the value, and that a file which is not the card's file is refused.
#include "runtime/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "base/sha256.h"
#include "runtime/load_model.h"
#include "runtime/test_networks.h"

namespace snapshelf {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::FreshFolder;
using ::testing::HasSubstr;
using testing::MeanNetwork;
using testing::WriteFile;

json DetectorCard() {
  return json::parse(R"({
    "schema": 1, "name": "finder", "version": "3", "task": "detect", "decoder": "yolox",
    "file": "finder.onnx", "sha256": "",
    "input": {"name": "images", "width": 416, "height": 320, "layout": "NCHW", "color": "BGR",
              "scale": 0.5, "mean": [1, 2, 3], "std": [4, 5, 6],
              "resize": "letterbox_top_left", "pad": [7, 8, 9]},
    "output": {"name": "output"}, "precision": "bf16", "score_threshold": 0.25, "nms_iou": 0.45,
    "strides": [8, 16], "classes": ["chair", "lamp"], "licence": "Apache-2.0",
    "training_data": "COCO", "scores": {"ap50": 0.5}})");
}

json EmbedderCard() {
  return json::parse(R"({
    "schema": 1, "name": "looks", "version": "1", "task": "embed", "file": "looks.onnx",
    "input": {"width": 4, "height": 4}, "embedding_size": 256,
    "calibration": {"midpoint": 0.625, "slope": 12.5, "good_match": 0.25,
                    "background": {"weight": 0.75, "first": 11, "last": 40}},
    "projection": {"file": "pca/looks.projection", "sha256": "ab"}})");
}

TEST(ModelCard, ReadsEveryKeyOfADetector) {
  const auto card = ParseModelCard(DetectorCard().dump(), "/models");
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(card->Id(), "finder@3");
  EXPECT_EQ(card->task, "detect");
  EXPECT_EQ(card->decoder, "yolox");
  EXPECT_EQ(card->file, "/models/finder.onnx");
  EXPECT_EQ(card->input.name, "images");
  EXPECT_EQ(card->input.width, 416);
  EXPECT_EQ(card->input.height, 320);
  EXPECT_EQ(card->input.color, "BGR");
  EXPECT_FLOAT_EQ(card->input.scale, 0.5F);
  EXPECT_THAT(card->input.mean, ElementsAre(1, 2, 3));
  EXPECT_THAT(card->input.std, ElementsAre(4, 5, 6));
  EXPECT_EQ(card->input.resize, "letterbox_top_left");
  EXPECT_THAT(card->input.pad, ElementsAre(7, 8, 9));
  EXPECT_EQ(card->output_name, "output");
  EXPECT_EQ(card->precision, Precision::kBFloat16);
  EXPECT_FLOAT_EQ(card->score_threshold, 0.25F);
  EXPECT_FLOAT_EQ(card->nms_iou, 0.45F);
  EXPECT_THAT(card->strides, ElementsAre(8, 16));
  EXPECT_THAT(card->classes, ElementsAre("chair", "lamp"));
  EXPECT_EQ(card->licence, "Apache-2.0");
  EXPECT_EQ(card->training_data, "COCO");
}

TEST(ModelCard, ReadsAnEmbedderWithProjection) {
  const auto card = ParseModelCard(EmbedderCard().dump(), "/models");
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(card->decoder, "embedding");
  EXPECT_EQ(card->embedding_size, 256);
  EXPECT_EQ(card->projection, "/models/pca/looks.projection");
  EXPECT_EQ(card->projection_sha256, "ab");
  EXPECT_EQ(card->precision, Precision::kFloat32);
}

TEST(ModelCard, ReadsACalibration) {
  const auto card = ParseModelCard(EmbedderCard().dump(), "/models");
  ASSERT_TRUE(card) << card.error().message;
  ASSERT_TRUE(card->calibration);
  EXPECT_EQ(card->calibration->midpoint, 0.625F);
  EXPECT_EQ(card->calibration->slope, 12.5F);
  EXPECT_EQ(card->calibration->good_match, 0.25F);
  EXPECT_EQ(card->calibration->background.weight, 0.75F);
  EXPECT_EQ(card->calibration->background.first, 11);
  EXPECT_EQ(card->calibration->background.last, 40);
}

TEST(ModelCard, NeedsNeitherCalibrationNorBackground) {
  json source = EmbedderCard();
  source["calibration"].erase("background");
  auto card = ParseModelCard(source.dump(), "/models");
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(card->calibration->background.last, 0);
  source.erase("calibration");
  card = ParseModelCard(source.dump(), "/models");
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_FALSE(card->calibration);
}

TEST(ModelCard, KeepsEverythingWhenWrittenAndReadAgain) {
  for (const json& source : {DetectorCard(), EmbedderCard()}) {
    const auto card = ParseModelCard(source.dump(), "/models/a");
    ASSERT_TRUE(card) << card.error().message;
    const std::string text = WriteModelCard(*card, "/models/a");
    const auto again = ParseModelCard(text, "/models/a");
    ASSERT_TRUE(again) << again.error().message << text;
    EXPECT_EQ(WriteModelCard(*again, "/models/a"), text);
    json written = json::parse(text);
    for (const auto& [key, value] : source.items()) {
      if (value.is_object()) {
        for (const auto& [inner, inner_value] : value.items())
          EXPECT_EQ(written[key][inner], inner_value) << key << '.' << inner;
      } else {
        EXPECT_EQ(written[key], value) << key;
      }
    }
  }
}

TEST(ModelCard, WritesPathsRelativeToItsFolder) {
  auto card = ParseModelCard(DetectorCard().dump(), "/models/a");
  ASSERT_TRUE(card) << card.error().message;
  const json written = json::parse(WriteModelCard(*card, "/models/b"));
  EXPECT_EQ(written["file"], "../a/finder.onnx");
}

struct BadValue {
  const char* name;
  const char* pointer;  ///< JSON pointer of the value to replace, or to remove if `value` is empty
  const char* value;
  const char* message;
};

void PrintTo(const BadValue& value, std::ostream* out) {
  *out << value.name;
}

/// `source` with the bad value is refused with its message.
void ExpectRefused(json source, const BadValue& bad) {
  const json::json_pointer pointer(bad.pointer);
  if (std::string_view(bad.value).empty()) {
    source[pointer.parent_pointer()].erase(pointer.back());
  } else {
    source[pointer] = json::parse(bad.value);
  }
  const auto card = ParseModelCard(source.dump(), "/models");
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, Code::kInvalidArgument);
  EXPECT_THAT(card.error().message, HasSubstr(bad.message));
}

class ModelCardRefuses : public ::testing::TestWithParam<BadValue> {};
TEST_P(ModelCardRefuses, WithKeyAndValue) {
  ExpectRefused(DetectorCard(), GetParam());
}

class CalibrationRefuses : public ::testing::TestWithParam<BadValue> {};
TEST_P(CalibrationRefuses, WithKeyAndValue) {
  ExpectRefused(EmbedderCard(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Bad, CalibrationRefuses,
    ::testing::Values(
        BadValue{"Number", "/calibration", "0.5", "calibration: 0.5 is not an object"},
        BadValue{"Empty", "/calibration", "{}", "calibration.midpoint: missing"},
        BadValue{"FarMidpoint", "/calibration/midpoint", "60", "midpoint: 60 is not within -2"},
        BadValue{"NoSlope", "/calibration/slope", "", "calibration.slope: missing"},
        BadValue{"FallingSlope", "/calibration/slope", "-8", "slope: -8 is not above 0"},
        BadValue{"EndlessSlope", "/calibration/slope", "1e30", "and at most 1000"},
        BadValue{"PercentAsMatch", "/calibration/good_match", "50", "good_match: 50 is not within"},
        BadValue{"ListAsBackground", "/calibration/background", "[1]", "[1] is not an object"},
        BadValue{"NegativeWeight", "/calibration/background/weight", "-0.5", "weight: -0.5 is not"},
        BadValue{"RankZero", "/calibration/background/first", "0", "first: 0 is not within 1 .. "},
        BadValue{"RanksSwapped", "/calibration/background/last", "10",
                 "background.first: 11 is not within 1 .. last (10)"},
        BadValue{"FarRank", "/calibration/background/last", "501", "last: 501 is above 500"},
        BadValue{"NoRank", "/calibration/background/last", "", "background.last: missing"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Bad, ModelCardRefuses,
    ::testing::Values(
        BadValue{"NewerSchema", "/schema", "2", "schema: 2 is not 1"},
        BadValue{"NoName", "/name", "", "name: missing"},
        BadValue{"NumberAsName", "/name", "7", "name: 7 is of another type"},
        BadValue{"UnknownTask", "/task", "\"guess\"", "task: \"guess\" is not one of"},
        BadValue{"UnknownDecoder", "/decoder", "\"yolov99\"", "decoder: \"yolov99\" is not one of"},
        BadValue{"NoFile", "/file", "", "file: missing"},
        BadValue{"EmptyFile", "/file", "\"\"", "file: \"\" is empty"},
        BadValue{"NoInput", "/input", "", "input.width: missing"},
        BadValue{"ZeroWidth", "/input/width", "0", "input.width: 0 is not within 1 .. 4096"},
        BadValue{"HugeHeight", "/input/height", "9999999999", "input.height: 9999999999 is of"},
        BadValue{"OtherLayout", "/input/layout", "\"NHWC\"",
                 "input.layout: \"NHWC\" is not one of"},
        BadValue{"OtherColour", "/input/color", "\"CMYK\"", "input.color: \"CMYK\" is not one of"},
        BadValue{"OtherResize", "/input/resize", "\"crop\"",
                 "input.resize: \"crop\" is not one of"},
        BadValue{"TwoMeans", "/input/mean", "[1, 2]", "input.mean: [1,2] is of another type"},
        BadValue{"ZeroStd", "/input/std", "[1, 0, 1]", "input.std: 0 is not above 0"},
        BadValue{"PadBeyondAByte", "/input/pad", "[0, 256, 0]", "input.pad: 256 is not within"},
        BadValue{"ThresholdAboveOne", "/score_threshold", "30",
                 "score_threshold: 30 is not within"},
        BadValue{"NegativeIou", "/nms_iou", "-1", "nms_iou: -1 is not within 0 .. 1"},
        BadValue{"NoClasses", "/classes", "[]", "classes: [] is empty"},
        BadValue{"ClassesNotText", "/classes", "[1]", "classes: [1] is of another type"},
        BadValue{"ZeroStride", "/strides", "[8, 0]", "strides: 0 is not above 0"},
        BadValue{"UnknownPrecision", "/precision", "\"int2\"",
                 "precision: \"int2\" is not one of"}),
    [](const auto& test) { return test.param.name; });

TEST(ModelCard, RefusesTextThatIsNoJson) {
  for (const char* text : {"", "{", "[]", "null", "\xff\xfe"}) {
    const auto card = ParseModelCard(text, "/models");
    ASSERT_FALSE(card) << text;
    EXPECT_EQ(card.error().code, Code::kInvalidArgument);
    EXPECT_THAT(card.error().message, HasSubstr("not a JSON object"));
  }
}

class ModelCardFile : public ::testing::Test {
 protected:
  std::filesystem::path Write(const json& card) {
    return WriteFile(folder_ / "model.json", card.dump());
  }

  std::filesystem::path folder_ = FreshFolder(
      std::string("card_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ModelCardFile, IsReadWithItsModel) {
  WriteFile(folder_ / "finder.onnx", "weights");
  json source = DetectorCard();
  source["sha256"] = Sha256Hex(std::as_bytes(std::span("weights", 7)));
  const auto card = ReadModelCard(Write(source));
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(card->file, folder_ / "finder.onnx");
}

TEST_F(ModelCardFile, IsNotFoundWhenMissing) {
  const auto card = ReadModelCard(folder_ / "model.json");
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, Code::kNotFound);
  EXPECT_THAT(card.error().message, HasSubstr("model.json"));
}

TEST_F(ModelCardFile, IsRefusedWithoutItsModel) {
  const auto card = ReadModelCard(Write(DetectorCard()));
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, Code::kNotFound);
  EXPECT_THAT(card.error().message, HasSubstr("finder.onnx"));
}

TEST_F(ModelCardFile, IsRefusedWhenTheModelChanged) {
  WriteFile(folder_ / "finder.onnx", "other weights");
  json source = DetectorCard();
  source["sha256"] = Sha256Hex(std::as_bytes(std::span("weights", 7)));
  const auto card = ReadModelCard(Write(source));
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, Code::kCorruption);
  EXPECT_THAT(card.error().message,
              HasSubstr("the card says " + source["sha256"].get<std::string>()));
}

TEST_F(ModelCardFile, IsRefusedWithoutItsProjection) {
  WriteFile(folder_ / "looks.onnx", "weights");
  const auto card = ReadModelCard(Write(EmbedderCard()));
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, Code::kNotFound);
  EXPECT_THAT(card.error().message, HasSubstr("looks.projection"));
}

TEST_F(ModelCardFile, IsRefusedWhenTheModelTakesAnotherSize) {
  WriteFile(folder_ / "looks.onnx", MeanNetwork(1, 8));
  json source = EmbedderCard();
  source.erase("projection");
  const auto card = ReadModelCard(Write(source));
  ASSERT_TRUE(card) << card.error().message;
  const auto model = LoadModel(*card, RunMode::kThroughput);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::kInvalidArgument);
  EXPECT_THAT(model.error().message, HasSubstr("takes 8x8 pixels, the card says 4x4"));
}

}  // namespace
}  // namespace snapshelf
