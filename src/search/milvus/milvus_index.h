#pragma once

#include <memory>

#include "search/milvus/milvus_options.h"
#include "snapshelf/vector_index.h"

namespace snapshelf {

/// A VectorIndex on Milvus 2.3 or later: vectors lie in one collection of a server or cluster, and
/// any number of MilvusIndex in any number of processes may share it.
///
/// Owned by the composition root. Connect does not call the server, so that a program starts
/// without it; the first call that needs the collection makes it if there is none, checks that it
/// holds vectors of this model, dim and metric, and sees to its index and to its being loaded.
/// Until that has succeeded, calls fail with the reason.
///
///   auto index = MilvusIndex::Open({.endpoints = {"10.0.0.5:19530", "10.0.0.6:19530"},
///                                   .collection = "shop_1", .model_id = card.id});
///   if (!index) return std::unexpected(index.error());
///   (*index)->Add(records);
///
/// answers: k whenever k pass, as VectorIndex promises. Milvus knows neither our filters nor,
/// before
///          2.4, groups: more hits than wanted are asked for, up to 16,384, until k groups have
///          come; where they do not suffice, every row is looked at, which takes a second per some
///          100,000. Writers of this MilvusIndex wait for that.
/// batches: Add of up to kBatchRows records is seen whole or not at all. More are written in parts;
///          if one fails, those before it stay, and adding all of them again mends it.
/// errors:  besides those of VectorIndex: kUnavailable, kDeadlineExceeded, kResourceExhausted with
/// the
///          server's words, after all endpoints were tried; kInvalidArgument if the server refuses
///          user and password, or the collection has another dim, metric, model or kind of index;
///          kAlreadyExists if another program made it; kUnimplemented if the server does not have
///          the kind of index.
/// threads: any; see VectorIndex.
class MilvusIndex final : public VectorIndex {
 public:
  /// 4,096 of 256 values are 4 MiB, a sixteenth of what a server takes in one message.
  static constexpr std::size_t kBatchRows = 4'096;

  /// Calls nobody. errors: kInvalidArgument if the options make no sense.
  static Result<std::unique_ptr<MilvusIndex>> Connect(const MilvusOptions& options);
  /// Connect, then Prepare.
  static Result<std::unique_ptr<MilvusIndex>> Open(const MilvusOptions& options);
  ~MilvusIndex() override;

  /// Sees to the collection, unless that is done. Cheap afterwards.
  Status Prepare() const;
  /// Prepare, and a call to the server: whether it answers now.
  [[nodiscard]] Status Ready() const override;

  [[nodiscard]] int dim() const override;
  [[nodiscard]] Metric metric() const override;
  /// `vectors` as of the last time that the server could be asked; `groups` of more than 100,000
  /// vectors is counted once a minute; `memory_bytes` is what vectors and ids alone take.
  [[nodiscard]] IndexStats stats() const override;
  Status Add(std::span<const VectorRecord> records) override;
  Status Remove(std::span<const VectorId> ids) override;
  [[nodiscard]] Result<std::vector<Hit>> Find(std::span<const float> query,
                                              const FindOptions& options) const override;
  [[nodiscard]] Result<std::vector<std::vector<Hit>>> FindBatch(
      std::span<const float> queries, const FindOptions& options) const override;
  /// Rows that others write meanwhile may be missing.
  Status ForEach(const std::function<void(const VectorRecord&)>& visit) const override;
  Status ForEachName(const std::function<void(VectorId, GroupId)>& visit) const override;

  /// Returns once all vectors are in sealed segments and in the index: before measuring, and in
  /// tests.
  Status Settle() const;

  /// Deletes the collection with all vectors. Only Prepare may be called then.
  Status Drop();

 private:
  struct Impl;
  explicit MilvusIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snapshelf
