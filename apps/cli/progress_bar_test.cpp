// Proves what a person reads while an import runs.
#include "cli/progress_bar.h"

#include <gtest/gtest.h>

namespace snapshelf {
namespace {

TEST(ProgressBar, SaysCountRateAndTimeLeft) {
  const Progress progress{.done = 40, .total = 160, .seconds = 10};
  EXPECT_EQ(PlainProgressLine(progress), "40 of 160 products, 4.0/s, 0:30 left");
}

TEST(ProgressBar, SaysHowManyFailed) {
  const Progress progress{.done = 40, .total = 160, .failed = 1, .seconds = 10};
  EXPECT_EQ(PlainProgressLine(progress), "40 of 160 products, 4.0/s, 0:30 left, 1 failed");
}

TEST(ProgressBar, GivesHoursForALongImport) {
  const Progress progress{.done = 100, .total = 100'000, .seconds = 10};
  EXPECT_EQ(PlainProgressLine(progress), "100 of 100000 products, 10.0/s, 2:46:30 left");
}

TEST(ProgressBar, LeavesTimeOpenBeforeTheFirstRow) {
  EXPECT_EQ(PlainProgressLine({.total = 160}), "0 of 160 products, 0.0/s, --:-- left");
}

TEST(ProgressBar, CountsFailedRowsOfAnImportAsDone) {
  const ImportProgress progress{.rows_estimate = 160, .added = 39, .failed = 1, .seconds = 10};
  EXPECT_EQ(PlainProgressLine(ProgressOf(progress)),
            "40 of 160 products, 4.0/s, 0:30 left, 1 failed");
}

TEST(ProgressBar, LeavesWhatWasDoneBeforeOutOfTheRate) {
  const ReembedProgress progress{.pictures = 160, .done = 140, .resumed = 100, .seconds = 10};
  EXPECT_EQ(PlainProgressLine(ProgressOf(progress)), "140 of 160 pictures, 4.0/s, 0:05 left");
}

TEST(ProgressBar, FillsInEighths) {
  const Progress half{.done = 80, .total = 160, .seconds = 10};
  const std::string line = ProgressLine(half, 120);
  EXPECT_TRUE(line.starts_with("████████████████████ ")) << line;
  EXPECT_NE(line.find(" 50 %"), std::string::npos) << line;
}

TEST(ProgressBar, DropsTheBarOnANarrowTerminal) {
  const Progress progress{.done = 40, .total = 160, .seconds = 10};
  EXPECT_EQ(ProgressLine(progress, 40), PlainProgressLine(progress));
}

}  // namespace
}  // namespace snapshelf
