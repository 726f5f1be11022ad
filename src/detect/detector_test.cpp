// Proves that Detector refuses models that do not fit their card, and that a real YOLOX finds real
// things where people marked them.
#include "detect/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "photo/decode.h"
#include "runtime/test_models.h"

namespace snapshelf {
namespace {

using testing::FreshFolder;
using ::testing::HasSubstr;
using testing::MeanNetwork;
using testing::WriteFile;

ModelCard MeanCard(const std::filesystem::path& folder) {
  ModelCard card;
  card.name = "means";
  card.task = "detect";
  card.decoder = "yolov8";
  card.file = WriteFile(folder / "means.onnx", MeanNetwork());
  card.input.width = 4;
  card.input.height = 4;
  card.classes = {"chair"};
  return card;
}

TEST(Detector, RefusesAModelForAnotherTask) {
  ModelCard card = MeanCard(FreshFolder("detector_task"));
  card.task = "embed";
  const auto detector = Detector::Create(card, RunMode::kThroughput);
  ASSERT_FALSE(detector);
  EXPECT_EQ(detector.error().code, Code::kInvalidArgument);
  EXPECT_THAT(detector.error().message, HasSubstr("task is \"embed\""));
}

TEST(Detector, RefusesAnUnknownDecoder) {
  ModelCard card = MeanCard(FreshFolder("detector_decoder"));
  card.decoder = "yolov99";
  const auto detector = Detector::Create(card, RunMode::kThroughput);
  ASSERT_FALSE(detector);
  EXPECT_EQ(detector.error().code, Code::kInvalidArgument);
  EXPECT_THAT(detector.error().message, HasSubstr("\"yolov99\" is not known"));
}

TEST(Detector, RefusesAModelWhoseOutputItsDecoderCannotRead) {
  const auto detector =
      Detector::Create(MeanCard(FreshFolder("detector_shape")), RunMode::kThroughput);
  ASSERT_FALSE(detector);
  EXPECT_EQ(detector.error().code, Code::kInvalidArgument);
  EXPECT_THAT(detector.error().message,
              HasSubstr("output [1, 3, 1, 1] does not fit decoder yolov8"));
}

TEST(Detector, RefusesAMissingModel) {
  ModelCard card = MeanCard(FreshFolder("detector_missing"));
  card.file = "missing.onnx";
  const auto detector = Detector::Create(card, RunMode::kThroughput);
  ASSERT_FALSE(detector);
  EXPECT_EQ(detector.error().code, Code::kNotFound);
}

/// YOLOX-nano and the photos of COCO128.
class RealDetector : public ::testing::TestWithParam<RunMode> {
 protected:
  void SetUp() override {
    if (!testing::HasSharedFolder()) GTEST_SKIP() << testing::kNoSharedFolder;
    ASSERT_TRUE(InitPhoto("detect_test"));
    const auto folder =
        FreshFolder("real_detector_" + std::to_string(static_cast<int>(GetParam())));
    const auto card =
        ReadModelCard(testing::InstallCard("yolox_nano.json", "yolox_nano.onnx", folder));
    ASSERT_TRUE(card) << card.error().message;
    auto detector = Detector::Create(*card, GetParam());
    ASSERT_TRUE(detector) << detector.error().message;
    detector_ = std::move(*detector);
  }

  static Photo ReadPhoto(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    auto photo = DecodePhoto(std::as_bytes(std::span(bytes)));
    EXPECT_TRUE(photo) << path << ": " << photo.error().message;
    return photo ? *std::move(photo) : Photo{};
  }
  static std::vector<std::filesystem::path> PhotoFiles() {
    const auto folder = testing::SharedFolder() / "data/coco128/images/train2017";
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
  }

  std::unique_ptr<Detector> detector_;
};

INSTANTIATE_TEST_SUITE_P(Modes, RealDetector,
                         ::testing::Values(RunMode::kLatency, RunMode::kThroughput),
                         [](const auto& mode) {
                           return mode.param == RunMode::kLatency ? "Latency" : "Throughput";
                         });

/// What people marked in a photo: class and box in pixels of the photo.
std::vector<Detection> ReadLabels(std::filesystem::path photo_file, const Photo& photo) {
  const auto file = photo_file.parent_path().parent_path().parent_path() / "labels" / "train2017" /
                    photo_file.filename().replace_extension(".txt");
  std::ifstream stream(file);
  std::vector<Detection> labels;
  Detection label;
  Box& box = label.box;
  while (stream >> label.class_index >> box.x >> box.y >> box.width >> box.height) {
    box.width *= static_cast<float>(photo.width);
    box.height *= static_cast<float>(photo.height);
    box.x = box.x * static_cast<float>(photo.width) - box.width / 2;
    box.y = box.y * static_cast<float>(photo.height) - box.height / 2;
    labels.push_back(label);
  }
  return labels;
}

bool IsFound(const Detection& label, const std::vector<Detection>& detections) {
  return std::ranges::any_of(detections, [&](const Detection& detection) {
    return detection.class_index == label.class_index &&
           IntersectionOverUnion(detection.box, label.box) >= 0.5F;
  });
}

// Mean over the photos with labels of the part of the marked things that are found with their class
// at IoU .5. Measured: .5525.
TEST_P(RealDetector, FindsWhatPeopleMarked) {
  double recall = 0;
  int photos = 0;
  for (const auto& file : PhotoFiles()) {
    const Photo photo = ReadPhoto(file);
    const auto labels = ReadLabels(file, photo);
    if (labels.empty()) continue;
    const Photo* const pointer = &photo;
    const auto detections = detector_->Detect(std::span(&pointer, 1));
    ASSERT_TRUE(detections) << detections.error().message;
    const auto found = std::ranges::count_if(
        labels, [&](const Detection& label) { return IsFound(label, detections->front()); });
    recall += static_cast<double>(found) / static_cast<double>(labels.size());
    ++photos;
  }
  ASSERT_GT(photos, 100);
  RecordProperty("mean_recall", std::to_string(recall / photos));
  EXPECT_GT(recall / photos, 0.54) << photos << " photos";
}

TEST_P(RealDetector, KeepsBoxesInsideThePhotoBestFirst) {
  const auto files = PhotoFiles();
  for (std::size_t i = 0; i < 20; ++i) {
    const Photo photo = ReadPhoto(files[i]);
    const Photo* const pointer = &photo;
    const auto detections = detector_->Detect(std::span(&pointer, 1));
    ASSERT_TRUE(detections) << detections.error().message;
    float last = 1;
    for (const Detection& detection : detections->front()) {
      EXPECT_GE(detection.box.x, 0);
      EXPECT_GE(detection.box.y, 0);
      EXPECT_LE(detection.box.x + detection.box.width, static_cast<float>(photo.width) + 0.01F);
      EXPECT_LE(detection.box.y + detection.box.height, static_cast<float>(photo.height) + 0.01F);
      EXPECT_GT(detection.box.Area(), 0);
      EXPECT_LE(detection.score, last);
      EXPECT_GE(detection.score, detector_->card().score_threshold);
      EXPECT_EQ(detection.class_name, detector_->card().classes[detection.class_index]);
      last = detection.score;
    }
  }
}

TEST_P(RealDetector, GivesABatchTheSameAnswersInOrder) {
  std::vector<Photo> photos;
  const auto files = PhotoFiles();
  for (std::size_t i = 0; i < 9; ++i) photos.push_back(ReadPhoto(files[i]));
  std::vector<const Photo*> pointers;
  for (const Photo& photo : photos) pointers.push_back(&photo);
  const auto together = detector_->Detect(pointers);
  ASSERT_TRUE(together) << together.error().message;
  ASSERT_EQ(together->size(), photos.size());
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const auto alone = detector_->Detect(std::span(&pointers[i], 1));
    ASSERT_TRUE(alone) << alone.error().message;
    ASSERT_EQ((*together)[i].size(), alone->front().size()) << files[i];
    for (std::size_t j = 0; j < alone->front().size(); ++j) {
      const Detection& expected = alone->front()[j];
      EXPECT_GT(IntersectionOverUnion((*together)[i][j].box, expected.box), 0.99F);
      EXPECT_EQ((*together)[i][j].class_index, expected.class_index);
    }
  }
}

TEST_P(RealDetector, FindsNothingOnAnEmptyPhoto) {
  const Photo white = {
      .image = {.width = 60, .height = 90, .pixels = std::vector<std::uint8_t>(60 * 90 * 3, 255)},
      .width = 60,
      .height = 90};
  const Photo* const pointer = &white;
  const auto detections = detector_->Detect(std::span(&pointer, 1));
  ASSERT_TRUE(detections) << detections.error().message;
  EXPECT_TRUE(detections->front().empty());
}

TEST_P(RealDetector, TakesNoPhotos) {
  const auto detections = detector_->Detect({});
  ASSERT_TRUE(detections) << detections.error().message;
  EXPECT_TRUE(detections->empty());
}

}  // namespace
}  // namespace snapshelf
