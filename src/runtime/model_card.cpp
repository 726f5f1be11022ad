#include "runtime/model_card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/sha256.h"

namespace snapshelf {
namespace {

using Json = nlohmann::json;

constexpr int kSchema = 1;

// In the order of Precision.
constexpr std::array kPrecisionNames = {"f32", "bf16"};

// A side beyond this is a typing error, and 3 * side^2 floats would not fit the memory of a server.
constexpr int kSideMax = 4096;

// A search asks the index for as many products as a calibration's last rank.
constexpr int kRankMax = 500;
// A slope this steep is a step already; beyond it e^x leaves float.
constexpr float kSlopeMax = 1000;

/// Reads keys of one JSON object and keeps the first error, so that the card's keys read as a list.
class Reader {
 public:
  Reader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}

  /// Sets `value` if the key is there (and not null); else it must not be `required`.
  template <class T>
  void Read(const char* key, T& value, bool required = false) {
    if (error_) return;
    const auto found = object_.find(key);
    if (found == object_.end() || found->is_null()) {
      if (required) error_ = fmt::format("{}{}: missing", where_, key);
      return;
    }
    if (!Convert(*found, value)) Refuse(key, found->dump(), "of another type than expected");
  }

  /// Refuses a value that was read; the first error stays.
  void Refuse(std::string_view key, std::string_view value, std::string_view why) {
    if (!error_) error_ = fmt::format("{}{}: {} is {}", where_, key, value.substr(0, 100), why);
  }
  void OneOf(const char* key, const std::string& value,
             std::initializer_list<std::string_view> known) {
    if (std::ranges::find(known, value) == known.end())
      Refuse(key, fmt::format("\"{}\"", value), fmt::format("not one of {}", known));
  }

  [[nodiscard]] const std::optional<std::string>& error() const { return error_; }
  void TakeError(const Reader& other) {
    if (!error_) error_ = other.error_;
  }

 private:
  static bool Convert(const Json& json, std::string& value) {
    if (json.is_string()) value = json.get<std::string>();
    return json.is_string();
  }
  static bool Convert(const Json& json, int& value) {
    if (!json.is_number_integer()) return false;
    const auto wide = json.get<std::int64_t>();
    value = static_cast<int>(wide);
    return value == wide;
  }
  static bool Convert(const Json& json, float& value) {
    if (json.is_number()) value = json.get<float>();
    return json.is_number();
  }
  template <class T>
  static bool Convert(const Json& json, std::vector<T>& values) {
    if (!json.is_array()) return false;
    values.clear();
    return std::ranges::all_of(
        json, [&](const Json& one) { return Convert(one, values.emplace_back()); });
  }
  template <class T>
  static bool Convert(const Json& json, std::array<T, 3>& values) {
    if (!json.is_array() || json.size() != 3) return false;
    return Convert(json[0], values[0]) && Convert(json[1], values[1]) &&
           Convert(json[2], values[2]);
  }

  const Json& object_;
  std::string where_;
  std::optional<std::string> error_;
};

/// The object under `key`, or an empty one (its required keys will be reported as missing).
const Json& Object(const Json& json, const char* key) {
  static const Json empty = Json::object();
  const auto found = json.find(key);
  return found != json.end() && found->is_object() ? *found : empty;
}

/// The object under `key`, or null if there is none; another type is an error.
const Json& ObjectOrNull(Reader& reader, const Json& json, const char* key) {
  static const Json null;
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return null;
  if (found->is_object()) return *found;
  reader.Refuse(key, found->dump(), "not an object");
  return null;
}

void ReadInput(Reader& reader, ModelCard::Input& input) {
  reader.Read("name", input.name);
  reader.Read("width", input.width, true);
  reader.Read("height", input.height, true);
  reader.Read("layout", input.layout);
  reader.Read("color", input.color);
  reader.Read("scale", input.scale);
  reader.Read("mean", input.mean);
  reader.Read("std", input.std);
  reader.Read("resize", input.resize);
  reader.Read("pad", input.pad);
  for (const auto& [key, side] : {std::pair{"width", input.width}, {"height", input.height}})
    if (side < 1 || side > kSideMax)
      reader.Refuse(key, fmt::to_string(side), fmt::format("not within 1 .. {}", kSideMax));
  reader.OneOf("layout", input.layout, {"NCHW"});
  reader.OneOf("color", input.color, {"RGB", "BGR"});
  reader.OneOf("resize", input.resize, {"stretch", "letterbox", "letterbox_top_left"});
  for (const float value : input.std)
    if (!(value > 0)) reader.Refuse("std", fmt::to_string(value), "not above 0");
  for (const int value : input.pad)
    if (value < 0 || value > 255)
      reader.Refuse("pad", fmt::to_string(value), "not within 0 .. 255");
}

void ReadDetection(Reader& reader, ModelCard& card) {
  reader.Read("score_threshold", card.score_threshold);
  reader.Read("nms_iou", card.nms_iou);
  reader.Read("strides", card.strides);
  reader.Read("classes", card.classes, true);
  reader.OneOf("decoder", card.decoder, {"yolox", "yolov5", "yolov8", "yolov1"});
  for (const auto& [key, value] :
       {std::pair{"score_threshold", card.score_threshold}, {"nms_iou", card.nms_iou}})
    if (!(value >= 0 && value <= 1)) reader.Refuse(key, fmt::to_string(value), "not within 0 .. 1");
  if (card.classes.empty()) reader.Refuse("classes", "[]", "empty");
  for (const int stride : card.strides)
    if (stride < 1) reader.Refuse("strides", fmt::to_string(stride), "not above 0");
}

void ReadEmbedding(Reader& reader, ModelCard& card) {
  reader.Read("embedding_size", card.embedding_size, true);
  reader.OneOf("decoder", card.decoder, {"embedding"});
  if (card.embedding_size < 1)
    reader.Refuse("embedding_size", fmt::to_string(card.embedding_size), "not above 0");
}

void ReadBackground(Reader& reader, const Json& json, Calibration::Background& background) {
  if (json.is_null()) return;
  Reader inner(json, "model card: calibration.background.");
  inner.Read("weight", background.weight, true);
  inner.Read("first", background.first, true);
  inner.Read("last", background.last, true);
  if (!(background.weight >= 0 && background.weight <= 1))
    inner.Refuse("weight", fmt::to_string(background.weight), "not within 0 .. 1");
  if (background.first < 1 || background.first > background.last)
    inner.Refuse("first", fmt::to_string(background.first),
                 fmt::format("not within 1 .. last ({})", background.last));
  if (background.last > kRankMax)
    inner.Refuse("last", fmt::to_string(background.last), fmt::format("above {}", kRankMax));
  reader.TakeError(inner);
}

void ReadCalibration(Reader& reader, const Json& json, ModelCard& card) {
  if (json.is_null()) return;
  Calibration calibration;
  Reader inner(json, "model card: calibration.");
  inner.Read("midpoint", calibration.midpoint, true);
  inner.Read("slope", calibration.slope, true);
  inner.Read("good_match", calibration.good_match, true);
  if (!(std::abs(calibration.midpoint) <= 2))
    inner.Refuse("midpoint", fmt::to_string(calibration.midpoint), "not within -2 .. 2");
  if (!(calibration.slope > 0 && calibration.slope <= kSlopeMax))
    inner.Refuse("slope", fmt::to_string(calibration.slope),
                 fmt::format("not above 0 and at most {}", kSlopeMax));
  if (!(calibration.good_match >= 0 && calibration.good_match <= 1))
    inner.Refuse("good_match", fmt::to_string(calibration.good_match), "not within 0 .. 1");
  ReadBackground(inner, ObjectOrNull(inner, json, "background"), calibration.background);
  reader.TakeError(inner);
  card.calibration = calibration;
}

/// Paths of the card are relative to its folder, so that a folder of models can be moved.
void ReadFile(Reader& reader, const std::string& file, const std::filesystem::path& folder,
              std::filesystem::path& path) {
  path = std::filesystem::absolute(folder / file).lexically_normal();
  if (file.empty()) reader.Refuse("file", "\"\"", "empty");
}

void ReadProjectionKeys(Reader& reader, const Json& object, const std::filesystem::path& folder,
                        ModelCard& card) {
  if (object.empty()) return;
  Reader projection(object, "model card: projection.");
  std::string file;
  projection.Read("file", file, true);
  projection.Read("sha256", card.projection_sha256);
  ReadFile(projection, file, folder, card.projection);
  reader.TakeError(projection);
}

/// The shortest decimal that reads back as `value`: 0.45, not 0.44999998807907104.
double Decimal(float value) {
  return std::stod(fmt::format("{}", value));
}
std::array<double, 3> Decimals(const std::array<float, 3>& values) {
  return {Decimal(values[0]), Decimal(values[1]), Decimal(values[2])};
}

nlohmann::ordered_json ToJson(const ModelCard::Input& input) {
  return {{"name", input.name},           {"width", input.width},
          {"height", input.height},       {"layout", input.layout},
          {"color", input.color},         {"scale", Decimal(input.scale)},
          {"mean", Decimals(input.mean)}, {"std", Decimals(input.std)},
          {"resize", input.resize},       {"pad", input.pad}};
}

nlohmann::ordered_json ToJson(const Calibration& calibration) {
  nlohmann::ordered_json json = {{"midpoint", Decimal(calibration.midpoint)},
                                 {"slope", Decimal(calibration.slope)},
                                 {"good_match", Decimal(calibration.good_match)}};
  const Calibration::Background& background = calibration.background;
  if (background.last > 0)
    json["background"] = {{"weight", Decimal(background.weight)},
                          {"first", background.first},
                          {"last", background.last}};
  return json;
}

Status CheckFile(const std::filesystem::path& file, const std::string& sha256,
                 std::string_view what) {
  const auto actual = Sha256HexOfFile(file);
  if (!actual) return Annotate(what, actual.error());
  if (!sha256.empty() && *actual != sha256)
    return Fail(Code::kCorruption, fmt::format("{}: file {}: sha256 is {}, the card says {}", what,
                                               file.string(), *actual, sha256));
  return {};
}

}  // namespace

Result<ModelCard> ParseModelCard(const std::string& json, const std::filesystem::path& folder) {
  const Json root = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return Fail(Code::kInvalidArgument, "model card: not a JSON object");

  ModelCard card;
  Reader reader(root, "model card: ");
  int schema = 0;
  reader.Read("schema", schema, true);
  if (schema != kSchema) reader.Refuse("schema", fmt::to_string(schema), "not 1");
  reader.Read("name", card.name, true);
  reader.Read("version", card.version, true);
  reader.Read("task", card.task, true);
  reader.OneOf("task", card.task, {"detect", "embed"});
  card.decoder = card.task == "embed" ? "embedding" : "";
  reader.Read("decoder", card.decoder, card.task == "detect");
  std::string file;
  reader.Read("file", file, true);
  ReadFile(reader, file, folder, card.file);
  reader.Read("sha256", card.sha256);

  Reader input(Object(root, "input"), "model card: input.");
  ReadInput(input, card.input);
  reader.TakeError(input);
  Reader output(Object(root, "output"), "model card: output.");
  output.Read("name", card.output_name);
  reader.TakeError(output);
  if (card.task == "detect") ReadDetection(reader, card);
  if (card.task == "embed") {
    ReadEmbedding(reader, card);
    ReadCalibration(reader, ObjectOrNull(reader, root, "calibration"), card);
  }
  ReadProjectionKeys(reader, Object(root, "projection"), folder, card);

  std::string precision = kPrecisionNames.front();
  reader.Read("precision", precision);
  reader.OneOf("precision", precision, {kPrecisionNames[0], kPrecisionNames[1]});
  card.precision = precision == kPrecisionNames[1] ? Precision::kBFloat16 : Precision::kFloat32;
  reader.Read("licence", card.licence);
  reader.Read("training_data", card.training_data);
  card.scores = Object(root, "scores").dump();
  if (reader.error()) return Fail(Code::kInvalidArgument, *reader.error());
  return card;
}

Result<ModelCard> ReadModelCard(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    return Fail(Code::kNotFound, fmt::format("model card {}: cannot be opened", path.string()));
  const std::string json{std::istreambuf_iterator<char>(stream), {}};
  auto card = ParseModelCard(json, std::filesystem::absolute(path).parent_path());
  if (!card) return Annotate(path.string(), card.error());
  SNAPSHELF_RETURN_IF_ERROR(CheckFile(card->file, card->sha256, card->name));
  if (!card->projection.empty())
    SNAPSHELF_RETURN_IF_ERROR(CheckFile(card->projection, card->projection_sha256, card->name));
  return card;
}

std::string WriteModelCard(const ModelCard& card, const std::filesystem::path& folder) {
  const auto relative = [&folder](const std::filesystem::path& path) {
    return path.lexically_proximate(std::filesystem::absolute(folder)).generic_string();
  };
  // Ordered, so that a person reads the card in the order of docs/models.md.
  nlohmann::ordered_json json = {
      {"schema", kSchema},
      {"name", card.name},
      {"version", card.version},
      {"task", card.task},
      {"decoder", card.decoder},
      {"file", relative(card.file)},
      {"sha256", card.sha256},
      {"input", ToJson(card.input)},
      {"output", {{"name", card.output_name}}},
      {"precision", kPrecisionNames[static_cast<std::size_t>(card.precision)]},
  };
  if (card.task == "detect") {
    json["score_threshold"] = Decimal(card.score_threshold);
    json["nms_iou"] = Decimal(card.nms_iou);
    json["strides"] = card.strides;
    json["classes"] = card.classes;
  } else {
    json["embedding_size"] = card.embedding_size;
    if (card.calibration) json["calibration"] = ToJson(*card.calibration);
  }
  if (!card.projection.empty())
    json["projection"] = {{"file", relative(card.projection)}, {"sha256", card.projection_sha256}};
  json["licence"] = card.licence;
  json["training_data"] = card.training_data;
  json["scores"] = nlohmann::ordered_json::parse(card.scores, nullptr, false);
  return json.dump(2) + "\n";
}

}  // namespace snapshelf
