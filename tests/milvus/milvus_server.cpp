#include "milvus/milvus_server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <fstream>
#include <future>

namespace snapshelf {
namespace {

std::string FirstLine(const std::filesystem::path& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

const std::filesystem::path kFolder = SNAPSHELF_MILVUS_FOLDER;

}  // namespace

MilvusOptions SharedMilvusOptions() {
  // Times for a machine that is busy with builds and other tests.
  return {.endpoints = {FirstLine(kFolder / "address")},
          .user = "root",
          .password = "Milvus",
          .attempt_ms = 20'000,
          .deadline_ms = 60'000,
          .setup_deadline_ms = 180'000};
}

std::string AskMilvus(const std::string& method, int field, const std::string& text) {
  constexpr int kText = 2;  // protobuf's wire type of what has a length
  const std::string message =
      std::string{static_cast<char>(field << 3 | kText), static_cast<char>(text.size())} + text;
  const grpc::Slice slice(message);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::GenericStub stub(
      grpc::CreateChannel(FirstLine(kFolder / "address"), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "cm9vdDpNaWx2dXM=");  // root:Milvus
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/milvus.proto.milvus.MilvusService/" + method, {}, &request, &response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  return done.get_future().get().error_message();
}

std::string MissingMilvus() {
  if (!FirstLine(kFolder / "address").empty()) return {};
  const std::string reason = FirstLine(kFolder / "reason");
  return reason.empty() ? "no Milvus server runs; ctest and tests/milvus/server.py start one"
                        : reason;
}

}  // namespace snapshelf
