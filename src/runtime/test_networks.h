#pragma once

// Tiny ONNX files for tests, written byte by byte (protobuf wire format, ONNX IR version 7, opset
// 13), so that tests of loading and running need no real model.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace snapshelf::testing {

class OnnxWriter {
 public:
  /// Adds a float input or output; sides below 0 are dynamic.
  OnnxWriter& Input(std::string_view name, const std::vector<std::int64_t>& shape) {
    graph_ += Bytes(11, Port(name, shape));
    return *this;
  }
  OnnxWriter& Output(std::string_view name, const std::vector<std::int64_t>& shape) {
    graph_ += Bytes(12, Port(name, shape));
    return *this;
  }
  OnnxWriter& Node(std::string_view type, const std::vector<std::string>& inputs,
                   std::string_view output) {
    std::string node;
    for (const std::string& input : inputs) node += Bytes(1, input);
    graph_ += Bytes(1, node + Bytes(2, output) + Bytes(4, type));
    return *this;
  }
  /// A constant vector of int64, e.g. the target of a Reshape.
  OnnxWriter& Constant(std::string_view name, const std::vector<std::int64_t>& values) {
    std::string tensor = Number(1, static_cast<std::uint64_t>(values.size())) + Number(2, 7);
    for (const std::int64_t value : values) tensor += Number(7, static_cast<std::uint64_t>(value));
    graph_ += Bytes(5, tensor + Bytes(8, name));
    return *this;
  }
  [[nodiscard]] std::string Model() const {
    return Number(1, 7) + Bytes(7, graph_ + Bytes(2, "test")) +
           Bytes(8, Bytes(1, "") + Number(2, 13));
  }

 private:
  static std::string Varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    return bytes + static_cast<char>(value);
  }
  static std::string Number(int field, std::uint64_t value) {
    return Varint(static_cast<std::uint64_t>(field) << 3) + Varint(value);
  }
  static std::string Bytes(int field, std::string_view bytes) {
    return Varint(static_cast<std::uint64_t>(field) << 3 | 2) + Varint(bytes.size()) +
           std::string(bytes);
  }
  static std::string Port(std::string_view name, const std::vector<std::int64_t>& shape) {
    std::string sides;
    for (const std::int64_t side : shape)
      sides += Bytes(1, side < 0 ? Bytes(2, "dynamic" + std::to_string(sides.size()))
                                 : Number(1, static_cast<std::uint64_t>(side)));
    const std::string tensor_type = Number(1, 1) + Bytes(2, sides);  // float
    return Bytes(1, name) + Bytes(2, Bytes(1, tensor_type));
  }

  std::string graph_;
};

/// A network whose features are the mean of each colour plane: [N, 3, H, W] -> means [N, 3, 1, 1];
/// it also gives its input back as "copy".
inline std::string MeanNetwork(std::int64_t images = -1, std::int64_t side = 4) {
  return OnnxWriter()
      .Input("images", {images, 3, side, side})
      .Node("GlobalAveragePool", {"images"}, "means")
      .Node("Identity", {"images"}, "copy")
      .Output("means", {images, 3, 1, 1})
      .Output("copy", {images, 3, side, side})
      .Model();
}

/// An empty folder of its own under the test's temporary folder.
inline std::filesystem::path FreshFolder(const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / ("snapshelf_test_" + name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

inline std::filesystem::path WriteFile(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

}  // namespace snapshelf::testing
