#include "runtime/model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <openvino/frontend/manager.hpp>
#include <openvino/openvino.hpp>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/thread_pool.h"

namespace snapshelf {
namespace {

constexpr std::int64_t kDynamic = -1;

std::vector<std::int64_t> ToShape(const ov::PartialShape& shape) {
  if (shape.rank().is_dynamic()) return {};
  std::vector<std::int64_t> sides;
  for (const ov::Dimension& side : shape)
    sides.push_back(side.is_static() ? side.get_length() : kDynamic);
  return sides;
}

/// Requests of one compiled network, handed out to one call each and used again.
class RequestPool {
 public:
  explicit RequestPool(ov::CompiledModel compiled) : compiled_(std::move(compiled)) {}

  ov::InferRequest Take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!free_.empty()) {
        ov::InferRequest request = std::move(free_.back());
        free_.pop_back();
        return request;
      }
    }
    return compiled_.create_infer_request();
  }
  void Give(ov::InferRequest request) {
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(request));
  }

 private:
  std::mutex mutex_;
  std::vector<ov::InferRequest> free_;
  ov::CompiledModel compiled_;
};

/// The part of a batch that one call of the network takes, and a request that works on it.
struct Piece {
  ov::InferRequest request;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Counts a call among those that run now.
class RunningCall {
 public:
  explicit RunningCall(std::atomic<int>& running)
      : running_(running), alone_(running.fetch_add(1) == 0) {}
  ~RunningCall() { running_.fetch_sub(1); }
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;
  [[nodiscard]] bool alone() const { return alone_; }

 private:
  std::atomic<int>& running_;
  const bool alone_;
};

std::string Name(const ov::Output<const ov::Node>& port) {
  return port.get_names().empty() ? port.get_node()->get_friendly_name() : port.get_any_name();
}

/// Index of the output called `name`, or of the first if it is empty.
std::optional<std::size_t> FindOutput(const ov::Model& network, const std::string& name) {
  if (name.empty()) return 0;
  for (std::size_t i = 0; i < network.outputs().size(); ++i)
    if (network.output(i).get_names().contains(name)) return i;
  return std::nullopt;
}

}  // namespace

struct Model::Impl {
  std::string file;
  int cores = 1;
  std::size_t output_index = 0;
  std::vector<std::int64_t> input_shape;
  std::vector<std::int64_t> output_shape;
  std::vector<std::string> output_names;
  std::size_t images_per_piece = 1;
  std::size_t floats_per_image = 0;
  std::unique_ptr<RequestPool> whole;    // all cores on one piece; absent in kThroughput
  std::unique_ptr<RequestPool> streams;  // one core on each piece
  std::atomic<int> running{0};

  Status ReadNetwork(const ModelOptions& options, std::shared_ptr<ov::Model>& network);
  Status FixShapes(const ModelOptions& options, ov::Model& network);
  void Compile(ov::Core& core, const ModelOptions& options,
               const std::shared_ptr<ov::Model>& network);
  Status CheckInput(const Tensor& images) const;
  void Start(Piece& piece, const Tensor& images) const;
  Status Finish(Piece& piece, std::size_t images, Tensor& output) const;
  Status RunPieces(RequestPool& pool, std::size_t requests, const Tensor& images,
                   Tensor& output) const;
};

Status Model::Impl::ReadNetwork(const ModelOptions& options, std::shared_ptr<ov::Model>& network) {
  try {
    // Only ONNX: Core::read_model would also try the file as every other format, and log each try.
    const auto onnx = ov::frontend::FrontEndManager().load_by_framework("onnx");
    network = onnx->convert(onnx->load(file));
  } catch (const std::exception& e) {
    return Fail(Code::kCorruption, fmt::format("model {}: not a readable ONNX file: {}", file,
                                               std::string_view(e.what()).substr(0, 200)));
  }
  for (const auto& output : std::as_const(*network).outputs()) output_names.push_back(Name(output));
  if (output_names.empty())
    return Fail(Code::kCorruption,
                fmt::format("model {}: not a readable ONNX file: no outputs", file));
  if (network->inputs().size() != 1)
    return Fail(Code::kInvalidArgument, fmt::format("model {}: has {} inputs, expected one image",
                                                    file, network->inputs().size()));
  if (!options.input.empty() && !network->input().get_names().contains(options.input))
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: no input \"{}\", only \"{}\"", file, options.input,
                            Name(std::as_const(*network).input())));
  const auto index = FindOutput(*network, options.output);
  if (!index)
    return Fail(Code::kInvalidArgument, fmt::format("model {}: no output \"{}\", only {}", file,
                                                    options.output, output_names));
  output_index = *index;
  return {};
}

Status Model::Impl::FixShapes(const ModelOptions& options, ov::Model& network) {
  input_shape = ToShape(network.input().get_partial_shape());
  if (input_shape.size() != 4 || (input_shape[1] != 3 && input_shape[1] != kDynamic))
    return Fail(Code::kInvalidArgument, fmt::format("model {}: input shape {} is not [N, 3, H, W]",
                                                    file, fmt::join(input_shape, ", ")));
  input_shape[1] = 3;
  if (input_shape[2] == kDynamic && options.input_height > 0) input_shape[2] = options.input_height;
  if (input_shape[3] == kDynamic && options.input_width > 0) input_shape[3] = options.input_width;
  if (input_shape[2] <= 0 || input_shape[3] <= 0)
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: input height and width are dynamic and not given", file));
  floats_per_image = 3 * static_cast<std::size_t>(input_shape[2] * input_shape[3]);

  const auto reshape = [&](std::int64_t images) {
    network.reshape(ov::PartialShape{images, 3, input_shape[2], input_shape[3]});
    images_per_piece = static_cast<std::size_t>(images);
  };
  try {
    reshape(1);
  } catch (const std::exception& e) {
    // A network that was exported with its batch built in (constants in a Reshape).
    if (input_shape[0] <= 0)
      return Fail(
          Code::kInvalidArgument,
          fmt::format("model {}: cannot take input [1, 3, {}, {}]: {}", file, input_shape[2],
                      input_shape[3], std::string_view(e.what()).substr(0, 200)));
    reshape(input_shape[0]);
  }
  output_shape = ToShape(network.output(output_index).get_partial_shape());
  if (output_shape.empty() || output_shape[0] != static_cast<std::int64_t>(images_per_piece))
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: output \"{}\" of shape [{}] does not have one row per image",
                            file, output_names[output_index], fmt::join(output_shape, ", ")));
  output_shape[0] = 1;
  return {};
}

void Model::Impl::Compile(ov::Core& core, const ModelOptions& options,
                          const std::shared_ptr<ov::Model>& network) {
  ov::preprocess::PrePostProcessor converter(network);
  converter.input().tensor().set_element_type(ov::element::f32);
  converter.output(output_index).tensor().set_element_type(ov::element::f32);
  const auto converted = converter.build();

  const auto capabilities = core.get_property("CPU", ov::device::capabilities);
  const bool fast =
      options.precision == Precision::kBFloat16 &&
      std::ranges::find(capabilities, ov::device::capability::BF16) != capabilities.end();
  const auto compile = [&](int stream_count) {
    return std::make_unique<RequestPool>(core.compile_model(
        converted, "CPU", ov::inference_num_threads(cores), ov::num_streams(stream_count),
        ov::hint::inference_precision(fast ? ov::element::bf16 : ov::element::f32)));
  };
  streams = compile(cores);
  if (options.mode == RunMode::kLatency) whole = compile(1);
}

Result<std::unique_ptr<Model>> Model::Load(const std::filesystem::path& onnx,
                                           const ModelOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->file = onnx.string();
  impl->cores = options.threads > 0 ? options.threads : UsableCores();
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(onnx, ignored))
    return Fail(Code::kNotFound, fmt::format("model {}: no such file", impl->file));
  try {
    ov::Core core;
    std::shared_ptr<ov::Model> network;
    SNAPSHELF_RETURN_IF_ERROR(impl->ReadNetwork(options, network));
    SNAPSHELF_RETURN_IF_ERROR(impl->FixShapes(options, *network));
    impl->Compile(core, options, network);
  } catch (const std::exception& e) {
    return Fail(Code::kCorruption, fmt::format("model {}: cannot be compiled: {}", impl->file,
                                               std::string_view(e.what()).substr(0, 300)));
  }
  return std::unique_ptr<Model>(new Model(std::move(impl)));
}

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;

const std::vector<std::int64_t>& Model::input_shape() const {
  return impl_->input_shape;
}
const std::vector<std::int64_t>& Model::output_shape() const {
  return impl_->output_shape;
}
const std::vector<std::string>& Model::output_names() const {
  return impl_->output_names;
}

Status Model::Impl::CheckInput(const Tensor& images) const {
  const auto& shape = images.shape;
  if (shape.size() != 4 || shape[0] < 0 ||
      !std::equal(shape.begin() + 1, shape.end(), input_shape.begin() + 1))
    return Fail(Code::kInvalidArgument,
                fmt::format("model {}: input [{}] does not fit, expected [N, {}]", file,
                            fmt::join(shape, ", "),
                            fmt::join(input_shape.begin() + 1, input_shape.end(), ", ")));
  if (images.values.size() != static_cast<std::size_t>(shape[0]) * floats_per_image)
    return Fail(Code::kInvalidArgument, fmt::format("model {}: {} values do not fill [{}]", file,
                                                    images.values.size(), fmt::join(shape, ", ")));
  return {};
}

void Model::Impl::Start(Piece& piece, const Tensor& images) const {
  ov::Tensor input = piece.request.get_input_tensor();
  float* target = input.data<float>();
  const float* source = images.values.data() + piece.first * floats_per_image;
  std::copy_n(source, piece.count * floats_per_image, target);
  std::fill(target + piece.count * floats_per_image, target + images_per_piece * floats_per_image,
            0.0F);
  piece.request.start_async();
}

Status Model::Impl::Finish(Piece& piece, std::size_t images, Tensor& output) const {
  piece.request.wait();
  const ov::Tensor result = piece.request.get_output_tensor(output_index);
  const std::size_t row = result.get_size() / images_per_piece;
  if (output.shape.empty()) {
    for (const std::size_t side : result.get_shape())
      output.shape.push_back(static_cast<std::int64_t>(side));
    output.shape[0] = static_cast<std::int64_t>(images);
    output.values.resize(images * row);
  }
  if (output.values.size() != images * row)
    return Fail(Code::kInternal, fmt::format("model {}: outputs of different sizes", file));
  std::copy_n(result.data<float>(), piece.count * row, output.values.begin() + piece.first * row);
  return {};
}

/// Keeps `requests` pieces in the network at a time, first in, first out.
Status Model::Impl::RunPieces(RequestPool& pool, std::size_t requests, const Tensor& images,
                              Tensor& output) const {
  const auto count = static_cast<std::size_t>(images.shape[0]);
  const std::size_t total = (count + images_per_piece - 1) / images_per_piece;
  requests = std::min(requests, total);
  std::vector<Piece> pieces(requests);
  for (Piece& piece : pieces) piece.request = pool.Take();
  for (std::size_t i = 0; i < total + requests; ++i) {
    Piece& piece = pieces[i % requests];
    if (i >= requests) SNAPSHELF_RETURN_IF_ERROR(Finish(piece, count, output));
    if (i >= total) continue;
    piece.first = i * images_per_piece;
    piece.count = std::min(images_per_piece, count - piece.first);
    Start(piece, images);
  }
  for (Piece& piece : pieces) pool.Give(std::move(piece.request));
  return {};
}

Result<Tensor> Model::Run(const Tensor& images) const {
  SNAPSHELF_RETURN_IF_ERROR(impl_->CheckInput(images));
  const auto count = static_cast<std::size_t>(images.shape[0]);
  Tensor output;
  if (count == 0) {
    output.shape = impl_->output_shape;
    output.shape[0] = 0;
    return output;
  }
  try {
    const RunningCall call(impl_->running);
    // All cores on one image are quickest for a lone call; with more to do, a core per image is.
    const bool alone = impl_->whole != nullptr && call.alone() && count <= impl_->images_per_piece;
    RequestPool& pool = alone ? *impl_->whole : *impl_->streams;
    const std::size_t requests =
        impl_->whole != nullptr ? static_cast<std::size_t>(impl_->cores) : 1;
    SNAPSHELF_RETURN_IF_ERROR(impl_->RunPieces(pool, requests, images, output));
  } catch (const std::exception& e) {
    return Fail(Code::kInternal, fmt::format("model {}: inference failed: {}", impl_->file,
                                             std::string_view(e.what()).substr(0, 300)));
  }
  return output;
}

}  // namespace snapshelf
