// Proves that the file gives what the command line leaves open, and nothing else.
#include "cli/apply_config.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace snapshelf {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// A command like `serve`.
struct Command {
  Command() {
    app.add_option("--data", data);
    app.add_option("--port", port)->check(CLI::Range(0, 65535));
    app.add_option("--allow-origin", origins)->allow_extra_args(false);
  }

  Status Run(const std::string& file, std::vector<std::string> arguments = {}) {
    app.parse(std::move(arguments));
    const auto config = ParseConfig(file, "shop.toml");
    if (!config) return std::unexpected(config.error());
    return ApplyConfig(*config, app);
  }

  CLI::App app;
  std::string data = "here";
  int port = 8080;
  std::vector<std::string> origins;
};

TEST(ApplyConfig, GivesWhatTheCommandLineLeavesOpen) {
  Command command;
  const auto done = command.Run(
      "data = \"/shop\"\n[server]\nport = 80\nallow_origins = [\"https://a\", \"https://b\"]\n");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(command.data, "/shop");
  EXPECT_EQ(command.port, 80);
  EXPECT_THAT(command.origins, ElementsAre("https://a", "https://b"));
}

TEST(ApplyConfig, TheCommandLineWins) {
  Command command;
  ASSERT_TRUE(command.Run("[server]\nport = 80\n", {"--port=90"}));
  EXPECT_EQ(command.port, 90);
}

TEST(ApplyConfig, TheEnvironmentWins) {
  Command command;
  setenv("SNAPSHELF_DATA", "/elsewhere", /*replace=*/1);
  const auto done = command.Run("data = \"/shop\"\n");
  unsetenv("SNAPSHELF_DATA");
  ASSERT_TRUE(done);
  EXPECT_EQ(command.data, "here");
}

TEST(ApplyConfig, LeavesOutWhatTheCommandDoesNotHave) {
  Command command;
  EXPECT_TRUE(command.Run("[server]\nqueue = 3\n"));
}

TEST(ApplyConfig, NamesFileLineAndKeyOfAValueThatTheOptionRefuses) {
  Command command;
  const auto done = command.Run("[server]\nhost = \"::1\"\nport = 70000\n");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kInvalidArgument);
  EXPECT_THAT(done.error().message,
              AllOf(HasSubstr("shop.toml:3: server.port: "), HasSubstr("70000")));
}

}  // namespace
}  // namespace snapshelf
