// Proves what a person reads while an import runs.
#include "cli/progress_bar.h"

#include <gtest/gtest.h>

namespace snapshelf {
namespace {

TEST(ProgressBar, SaysCountRateAndTimeLeft) {
  const ImportProgress progress{.rows_estimate = 160, .added = 40, .seconds = 10};
  EXPECT_EQ(PlainProgressLine(progress), "40 of 160 products, 4.0/s, 0:30 left");
}

TEST(ProgressBar, SaysHowManyFailed) {
  const ImportProgress progress{.rows_estimate = 160, .added = 39, .failed = 1, .seconds = 10};
  EXPECT_EQ(PlainProgressLine(progress), "40 of 160 products, 4.0/s, 0:30 left, 1 failed");
}

TEST(ProgressBar, GivesHoursForALongImport) {
  const ImportProgress progress{.rows_estimate = 100'000, .added = 100, .seconds = 10};
  EXPECT_EQ(PlainProgressLine(progress), "100 of 100000 products, 10.0/s, 2:46:30 left");
}

TEST(ProgressBar, LeavesTimeOpenBeforeTheFirstRow) {
  EXPECT_EQ(PlainProgressLine({.rows_estimate = 160}), "0 of 160 products, 0.0/s, --:-- left");
}

TEST(ProgressBar, FillsInEighths) {
  const ImportProgress half{.rows_estimate = 160, .added = 80, .seconds = 10};
  const std::string line = ProgressLine(half, 120);
  EXPECT_TRUE(line.starts_with("████████████████████ ")) << line;
  EXPECT_NE(line.find(" 50 %"), std::string::npos) << line;
}

TEST(ProgressBar, DropsTheBarOnANarrowTerminal) {
  const ImportProgress progress{.rows_estimate = 160, .added = 40, .seconds = 10};
  EXPECT_EQ(ProgressLine(progress, 40), PlainProgressLine(progress));
}

}  // namespace
}  // namespace snapshelf
