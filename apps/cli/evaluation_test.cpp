// Proves the measures of `snapshelf eval` on rankings counted by hand, and the reading of truth
// files.
#include "cli/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace snapshelf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Evaluation, CountsQueriesWithARightProductAmongTheFirstK) {
  Evaluation evaluation;
  evaluation.Add({"a", "b", "c"}, {"a"});
  evaluation.Add({"b", "a", "c"}, {"a"});
  evaluation.Add({"b", "c"}, {"a"});
  EXPECT_DOUBLE_EQ(evaluation.RecallAt(1), 1.0 / 3);
  EXPECT_DOUBLE_EQ(evaluation.RecallAt(2), 2.0 / 3);
  EXPECT_DOUBLE_EQ(evaluation.RecallAt(10), 2.0 / 3);
}

TEST(Evaluation, AveragesPrecisionOverAllRightProducts) {
  Evaluation evaluation;
  evaluation.Add({"a", "x", "b"}, {"a", "b"});  // (1/1 + 2/3) / 2
  evaluation.Add({"x"}, {"a"});                 // 0
  EXPECT_DOUBLE_EQ(evaluation.Map(), (1 + 2.0 / 3) / 2 / 2);
}

FoundObject Object(Box box, std::vector<std::pair<std::string, float>> products) {
  FoundObject object{.box = box, .class_name = "", .score = 1, .products = {}};
  for (const auto& [id, score] : products)
    object.products.push_back({.product = {.id = id}, .score = score});
  return object;
}

Answer TwoObjects() {
  return {.photo = "",
          .width = 100,
          .height = 100,
          .objects = {Object({0, 0, 40, 40}, {{"a", 0.9F}, {"b", 0.5F}}),
                      Object({0, 0, 100, 100}, {{"c", 0.7F}, {"a", 0.6F}})}};
}

TEST(Evaluation, JudgesTheObjectThatOverlapsTheTruth) {
  EXPECT_THAT(RankingFor(TwoObjects(), Box{5, 5, 40, 40}), ElementsAre("a", "b"));
}

TEST(Evaluation, FallsBackToTheWholePictureWhereNothingWasDetected) {
  EXPECT_THAT(RankingFor(TwoObjects(), Box{80, 80, 10, 10}), ElementsAre("c", "a"));
}

TEST(Evaluation, MergesObjectsByTheirScoreTimesLikenessWithoutABox) {
  EXPECT_THAT(RankingFor(TwoObjects(), std::nullopt), ElementsAre("a", "c", "b"));
}

TEST(Evaluation, JudgesTheWholePictureByAllObjectsWithoutABox) {
  const FoundObject judged = JudgedObject(TwoObjects(), std::nullopt);
  EXPECT_EQ(judged.box.width, 100);
  EXPECT_EQ(judged.products.size(), 3U);
}

TEST(Evaluation, CountsACategoryForAllAboveIt) {
  EXPECT_THAT(CategoryLevels("Men > Tops > Tees"),
              ElementsAre("Men", "Men > Tops", "Men > Tops > Tees"));
  EXPECT_THAT(CategoryLevels("Tops>Tees"), ElementsAre("Tops>Tees"));
  EXPECT_THAT(CategoryLevels(""), ElementsAre(""));
}

TEST(Evaluation, RanksTheFirstOfSeveralRightProducts) {
  const std::vector<std::string> ranking = {"x", "b", "a"};
  EXPECT_EQ(FirstHit(ranking, std::vector<std::string>{"a", "b"}), 2);
  EXPECT_EQ(FirstHit(ranking, std::vector<std::string>{"c"}), 0);
}

FoundObject Detection(Box box, float score) {
  return {.box = box, .class_name = "", .score = score, .products = {}, .good_match = {}};
}

TEST(BoxEvaluation, FindsATrueBoxOnceAndCountsTheSecondBoxAsWrong) {
  BoxEvaluation boxes;
  const std::vector<FoundObject> found = {Detection({0, 0, 10, 10}, 0.9F),
                                          Detection({0, 0, 10, 11}, 0.8F),
                                          Detection({50, 50, 10, 10}, 0.7F)};
  boxes.Add(found, std::vector<Box>{{0, 0, 10, 10}, {50, 50, 10, 10}});
  EXPECT_EQ(boxes.boxes(), 2);
  EXPECT_DOUBLE_EQ(boxes.Ap50(), (1 + 2.0 / 3) / 2);
}

TEST(BoxEvaluation, OrdersTheBoxesOfAllPhotosByScore) {
  BoxEvaluation boxes;
  boxes.Add(std::vector<FoundObject>{Detection({0, 0, 10, 10}, 0.4F)},
            std::vector<Box>{{0, 0, 10, 10}, {30, 0, 10, 10}});
  boxes.Add(std::vector<FoundObject>{Detection({5, 0, 10, 10}, 0.6F)}, {});
  boxes.Add({}, std::vector<Box>{{0, 0, 10, 10}});
  EXPECT_DOUBLE_EQ(boxes.Ap50(), 0.5 / 3);  // one of three found, after a wrong one
}

TEST(BoxEvaluation, WantsAnOverlapOfHalf) {
  BoxEvaluation boxes;
  boxes.Add(std::vector<FoundObject>{Detection({0, 0, 10, 4}, 0.9F)},
            std::vector<Box>{{0, 0, 10, 10}});
  EXPECT_DOUBLE_EQ(boxes.Ap50(), 0);
  EXPECT_DOUBLE_EQ(BoxEvaluation().Ap50(), 0);
}

class TruthFile : public testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  void TearDown() override { std::filesystem::remove(path_); }
  std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / ("truth_" + std::to_string(getpid()) + ".jsonl");
};

TEST_F(TruthFile, GivesPhotosRelativeToItself) {
  Write(
      "{\"photo\":\"p/"
      "a.jpg\",\"box\":[1,2,3,4],\"relevant\":[\"x\"]}\n\n{\"photo\":\"b.jpg\",\"relevant\":[\"y\","
      "\"z\"]}\n");
  const auto rows = ReadTruth(path_);
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].photo, path_.parent_path() / "p/a.jpg");
  EXPECT_EQ((*rows)[0].box->width, 3);
  EXPECT_FALSE((*rows)[1].box);
  EXPECT_THAT((*rows)[1].relevant, ElementsAre("y", "z"));
}

TEST_F(TruthFile, NamesTheLineThatIsWrong) {
  Write(
      "{\"photo\":\"a.jpg\",\"relevant\":[\"x\"]}\n{\"photo\":\"a.jpg\",\"box\":[1],\"relevant\":["
      "\"x\"]}\n");
  const auto rows = ReadTruth(path_);
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().message, HasSubstr(path_.filename().string() + ":2"));
}

}  // namespace
}  // namespace snapshelf
