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
              AllOf(HasSubstr("shop.toml:2"), HasSubstr("product is an unknown key;")));
  EXPECT_THAT(Refusal("products = \"postgres\"\n[postgres]\nport = 1\n"),
              AllOf(HasSubstr("shop.toml:3"), HasSubstr("postgres.port is an unknown key;")));
}

TEST(Config, RefusesAnUnknownKindOfStore) {
  EXPECT_THAT(Refusal("products = \"mysql\""),
              AllOf(HasSubstr("shop.toml:1: products"), HasSubstr("sqlite, postgres")));
}

TEST(Config, RefusesValuesOfTheWrongKind) {
  EXPECT_THAT(Refusal("products = 1"), HasSubstr("products must be a text"));
  EXPECT_THAT(Refusal("products = \"postgres\"\n[postgres]\nconnections = \"many\""),
              HasSubstr("postgres.connections must be a number"));
  EXPECT_THAT(Refusal("products = \"postgres\"\n[postgres]\nconnections = 0"),
              HasSubstr("from 1 to"));
  EXPECT_THAT(Refusal("postgres = 1"), HasSubstr("[postgres]"));
}

TEST(Config, NamesACluster) {
  const auto config = ParseConfig(
      "vectors = \"milvus\"\n[milvus]\nendpoints = [\"a:19530\", \"b:19530\"]\nuser = \"shop\"\n"
      "index = \"IVF_SQ8\"\nconsistency = \"strong\"\nreplicas = 2\n"
      "partitions = 16\n",
      "shop.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->vectors, Config::Vectors::kMilvus);
  EXPECT_THAT(config->milvus.endpoints, testing::ElementsAre("a:19530", "b:19530"));
  EXPECT_EQ(config->milvus.index.type, MilvusIndexType::kIvfSq8);
  EXPECT_EQ(config->milvus.consistency, MilvusConsistency::kStrong);
  EXPECT_EQ(config->milvus.replicas, 2);
  EXPECT_EQ(config->milvus.partitions, 16);
}

TEST(Config, RefusesATableOfWhatIsNotChosen) {
  EXPECT_THAT(Refusal("[postgres]\nurl = \"postgresql://shop:secret@db/x\"\n"),
              AllOf(HasSubstr("shop.toml:1: postgres is for products = \"postgres\""),
                    HasSubstr("products is \"sqlite\""), Not(HasSubstr("secret"))));
  EXPECT_THAT(Refusal("vectors = \"embedded\"\n\n[milvus]\nreplicas = 2\n"),
              AllOf(HasSubstr("shop.toml:3: milvus is for vectors"), HasSubstr("\"embedded\"")));
  EXPECT_THAT(Refusal("vectors = \"milvus\"\n[embedded]\nwindow = 200\n"),
              HasSubstr("shop.toml:2: embedded is for vectors"));
}

TEST(Config, RefusesKeysThatAreAtOdds) {
  EXPECT_THAT(Refusal("vectors = \"milvus\"\n[milvus]\npassword = \"secret\"\n"),
              AllOf(HasSubstr("shop.toml:3: milvus.password needs"), Not(HasSubstr("secret"))));
  EXPECT_THAT(Refusal("vectors = \"milvus\"\n[milvus]\nattempt_ms = 900\ndeadline_ms = 100\n"),
              HasSubstr("shop.toml:3: milvus.attempt_ms is longer than milvus.deadline_ms"));
}

TEST(Config, RefusesAListThatIsNone) {
  for (const char* const value : {"\"a:1\"", "[]", "[1]", "[\"a:1\", 2]"})
    EXPECT_THAT(Refusal(std::string("vectors = \"milvus\"\n[milvus]\nendpoints = ") + value),
                HasSubstr("milvus.endpoints must be a list of texts"));
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
