// Proves SHA-256 against FIPS 180-4 and that a file hashes as its bytes do.
#include "base/sha256.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace snapshelf {
namespace {

TEST(Sha256, MatchesFips180) {
  const std::string text = "abc";
  EXPECT_EQ(Sha256Hex(std::as_bytes(std::span(text))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfFileEqualsThatOfItsBytes) {
  const auto path = std::filesystem::temp_directory_path() / "snapshelf_sha256_test";
  const std::string text(200'000, 'x');
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(Sha256HexOfFile(path).value(), Sha256Hex(std::as_bytes(std::span(text))));
  std::filesystem::remove(path);
}

TEST(Sha256, NamesMissingFile) {
  const auto hash = Sha256HexOfFile("/nonexistent/model.onnx");
  ASSERT_FALSE(hash);
  EXPECT_EQ(hash.error().code, Code::kNotFound);
  EXPECT_NE(hash.error().message.find("/nonexistent/model.onnx"), std::string::npos);
}

}  // namespace
}  // namespace snapshelf
