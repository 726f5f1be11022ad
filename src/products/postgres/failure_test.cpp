// Proves what is said about failures of the database: the kind, what to do, and never a password.
#include "products/postgres/failure.h"

#include <gmock/gmock.h>

namespace snapshelf::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PostgresFailure, TellsAFullDiskFromALackOfMemory) {
  const Error disk = MakeError("shop@db:5432/shop", "53100", "could not extend file");
  EXPECT_EQ(disk.code, Code::kResourceExhausted);
  EXPECT_THAT(disk.message, HasSubstr("disk of the database is full"));
  EXPECT_THAT(disk.message, HasSubstr("shop@db:5432/shop"));
  EXPECT_EQ(MakeError("", "53200", "").code, Code::kResourceExhausted);
}

TEST(PostgresFailure, WhatMaySucceedLaterIsUnavailable) {
  for (const char* const sqlstate :
       {"08006", "25006", "28P01", "40001", "40P01", "53300", "55P03", "57P01", "57P03"})
    EXPECT_EQ(MakeError("", sqlstate, "").code, Code::kUnavailable) << sqlstate;
}

TEST(PostgresFailure, AnUnknownStateIsADefect) {
  EXPECT_EQ(MakeError("", "42601", "syntax error").code, Code::kInternal);
}

TEST(PostgresFailure, NamesADatabaseWithoutItsPassword) {
  EXPECT_EQ(NameOf("postgresql://shop:secret@db.example:6000/catalog").value(),
            "shop@db.example:6000/catalog");
  EXPECT_EQ(NameOf("host=db user=shop password=secret dbname=catalog").value(),
            "shop@db:5432/catalog");
}

TEST(PostgresFailure, DoesNotRepeatAnAddressThatItCannotRead) {
  for (const char* const url : {"postgres//shop:secret@db", "postgresql://shop:secret@db/x?y",
                                "host=db password='secret"}) {
    const auto name = NameOf(url);
    ASSERT_FALSE(name) << url;
    EXPECT_EQ(name.error().code, Code::kInvalidArgument);
    EXPECT_THAT(name.error().message, Not(HasSubstr("secret")));
    EXPECT_THAT(name.error().message, HasSubstr("postgresql://user:password@host"));
  }
}

TEST(PostgresFailure, HidesThePasswordWhereverItStands) {
  const std::string url = "postgresql://shop:a*@db/catalog";
  EXPECT_EQ(WithoutSecrets("a*: wrong a*\nby a*\n", url), "***: wrong *** by ***");
}

}  // namespace
}  // namespace snapshelf::postgres
