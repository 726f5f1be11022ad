// Proves what the one config file may say, and that a mistake in it is told by line and key, never
// with a password.
#include "cli/config.h"

#include <gmock/gmock.h>

namespace snapshelf {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string Refusal(std::string_view text) {
  const auto config = ParseConfig(text, "shop.toml");
  EXPECT_FALSE(config);
  if (config) return {};
  EXPECT_EQ(config.error().code, Code::kInvalidArgument);
  EXPECT_THAT(config.error().message, HasSubstr("shop.toml"));
  return config.error().message;
}

TEST(Config, IsSqliteIfItSaysNothing) {
  EXPECT_EQ(ParseConfig("", "shop.toml")->products, Config::Products::kSqlite);
}

TEST(Config, NamesADatabase) {
  const auto config = ParseConfig(
      "products = \"postgres\"\n[postgres]\nurl = \"postgresql://shop@db/catalog\"\n"
      "connections = 3\n",
      "shop.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->products, Config::Products::kPostgres);
  EXPECT_EQ(config->postgres.url, "postgresql://shop@db/catalog");
  EXPECT_EQ(config->postgres.connections, 3);
  EXPECT_EQ(config->postgres.recover_wait_ms, PostgresOptions().recover_wait_ms);
}

TEST(Config, RefusesAnUnknownKeyByName) {
  EXPECT_THAT(Refusal("products = \"sqlite\"\nproduct = \"postgres\"\n"),
              AllOf(HasSubstr("shop.toml:2"), HasSubstr("unknown key product;")));
  EXPECT_THAT(Refusal("[postgres]\nurl = \"x\"\nport = 1\n"),
              AllOf(HasSubstr("shop.toml:3"), HasSubstr("unknown key postgres.port;")));
}

TEST(Config, RefusesAnUnknownKindOfStore) {
  EXPECT_THAT(Refusal("products = \"mysql\""), HasSubstr("\"sqlite\" or \"postgres\""));
}

TEST(Config, RefusesValuesOfTheWrongKind) {
  EXPECT_THAT(Refusal("products = 1"), HasSubstr("products must be a text"));
  EXPECT_THAT(Refusal("[postgres]\nconnections = \"many\""),
              HasSubstr("postgres.connections must be a number"));
  EXPECT_THAT(Refusal("[postgres]\nconnections = 0"), HasSubstr("from 1 to"));
  EXPECT_THAT(Refusal("postgres = 1"), HasSubstr("[postgres]"));
}

TEST(Config, AsksForTheAddressOfTheDatabase) {
  EXPECT_THAT(Refusal("products = \"postgres\""), HasSubstr("[postgres] url"));
}

TEST(Config, NamesTheLineThatIsNoTomlWithoutRepeatingIt) {
  EXPECT_THAT(Refusal("products = \"postgres\"\nurl = postgresql://shop:secret@db/x\n"),
              AllOf(HasSubstr("shop.toml:2"), Not(HasSubstr("secret"))));
}

TEST(Config, NamesAFileThatIsNotThere) {
  const auto config = ReadConfig("/nowhere/shop.toml");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("/nowhere/shop.toml"));
}

}  // namespace
}  // namespace snapshelf
