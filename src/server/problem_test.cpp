// The one table from codes to HTTP, and the answer's JSON.
#include "server/problem.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/routes.h"

namespace snapshelf {
namespace {

TEST(Problem, EveryCodeHasItsStatus) {
  EXPECT_EQ(HttpStatusOf(Code::kInvalidArgument), 400);
  EXPECT_EQ(HttpStatusOf(Code::kNotFound), 404);
  EXPECT_EQ(HttpStatusOf(Code::kAlreadyExists), 409);
  EXPECT_EQ(HttpStatusOf(Code::kCorruption), 500);
  EXPECT_EQ(HttpStatusOf(Code::kIoError), 500);
  EXPECT_EQ(HttpStatusOf(Code::kUnavailable), 503);
  EXPECT_EQ(HttpStatusOf(Code::kDeadlineExceeded), 504);
  EXPECT_EQ(HttpStatusOf(Code::kResourceExhausted), 413);
  EXPECT_EQ(HttpStatusOf(Code::kUnimplemented), 501);
  EXPECT_EQ(HttpStatusOf(Code::kInternal), 500);
}

TEST(Problem, UnavailableSaysWhenToComeBack) {
  EXPECT_EQ(ProblemOf({Code::kUnavailable, "busy"}).headers, (Fields{{"Retry-After", "1"}}));
}

TEST(Problem, FullDiskAndLargePictureAreToldApart) {
  EXPECT_EQ(ProblemOfWrite({Code::kResourceExhausted, "pictures/ab/cd: no space left"}).status,
            507);
  EXPECT_EQ(ProblemOfWrite({Code::kResourceExhausted, "picture 2: 50000x50000 pixels"}).status,
            413);
  EXPECT_EQ(ProblemOfWrite({Code::kNotFound, "product 7"}).status, 404);
}

TEST(Problem, AnswerNamesFieldsAndRequest) {
  const HttpRequest request{.path = "/v1/search", .id = "r1"};
  const auto response = ProblemResponse(InvalidFields({{"k", "0", "must be 1 to 500"}}), request);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.media_type, "application/problem+json");
  const auto json = nlohmann::json::parse(response.body);
  EXPECT_EQ(json["type"], "about:blank");
  EXPECT_EQ(json["title"], "Bad Request");
  EXPECT_EQ(json["status"], 400);
  EXPECT_EQ(json["detail"], "k is \"0\": must be 1 to 500");
  EXPECT_EQ(json["instance"], "/v1/search");
  EXPECT_EQ(json["code"], "invalid_argument");
  EXPECT_EQ(json["request_id"], "r1");
  EXPECT_EQ(json["errors"][0]["field"], "k");
}

TEST(Problem, DetailsOfServerFailuresStayInTheLog) {
  const auto response = ProblemResponse(ProblemOf({Code::kIoError, "/srv/secret: gone"}), {});
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST(Problem, ValuesOfAnyBytesGiveValidJson) {
  const auto response =
      ProblemResponse(InvalidFields({{"k", std::string(500, '\xFF'), "bad"}}), {});
  EXPECT_TRUE(nlohmann::json::accept(response.body));
}

}  // namespace
}  // namespace snapshelf
