#include "search/exact/exact_index.h"

#include <mutex>
#include <utility>

#include "base/check.h"
#include "search/queries.h"
#include "search/scan.h"
#include "search/vector_table.h"

namespace snapshelf {

struct ExactIndex::Impl {
  Impl(int dim, Metric metric)
      : score(metric, ActiveKernels()), table(std::make_shared<VectorTable>(dim, metric)) {}

  [[nodiscard]] std::shared_ptr<VectorTable> Table() const {
    const std::scoped_lock lock(table_mutex);
    return table;
  }

  void DropDeadRows() {
    const auto old = Table();
    const VectorTable::View view = old->view();
    if (!IsMostlyDead(view)) return;
    std::shared_ptr<VectorTable> copy = CopyLive(view, old->dim(), old->metric());
    const std::scoped_lock lock(table_mutex);
    table = std::move(copy);
  }

  Scorer score;
  std::mutex writer_mutex;
  mutable std::mutex table_mutex;  // held for the copy of a pointer
  std::shared_ptr<VectorTable> table;
};

ExactIndex::ExactIndex(int dim, Metric metric) : impl_(std::make_unique<Impl>(dim, metric)) {}
ExactIndex::~ExactIndex() = default;

int ExactIndex::dim() const {
  return impl_->Table()->dim();
}

Metric ExactIndex::metric() const {
  return impl_->Table()->metric();
}

IndexStats ExactIndex::stats() const {
  const auto view = impl_->Table()->view();
  return {.kind = "exact",
          .vectors = view.live(),
          .groups = view.groups(),
          .memory_bytes = view.memory_bytes()};
}

Status ExactIndex::Add(std::span<const VectorRecord> records) {
  SNAPSHELF_RETURN_IF_ERROR(CheckRecords(dim(), metric(), records));
  const std::scoped_lock lock(impl_->writer_mutex);
  impl_->Table()->Add(records);
  impl_->DropDeadRows();
  return {};
}

Status ExactIndex::Remove(std::span<const VectorId> ids) {
  const std::scoped_lock lock(impl_->writer_mutex);
  impl_->Table()->Remove(ids);
  impl_->DropDeadRows();
  return {};
}

Result<std::vector<Hit>> ExactIndex::Find(std::span<const float> query,
                                          const FindOptions& options) const {
  return FindOne(*this, query, options);
}

Result<std::vector<std::vector<Hit>>> ExactIndex::FindBatch(std::span<const float> queries,
                                                            const FindOptions& options) const {
  const auto prepared = PrepareQueries(*this, queries, options);
  if (!prepared) return std::unexpected(prepared.error());
  if (options.only) return TakeAll(ScanOnly(*impl_->Table(), impl_->score, *prepared, options));
  const VectorTable::View view = impl_->Table()->view();
  auto tops = MakeTops(queries.size() / static_cast<std::size_t>(dim()), options);
  ScanRows(view, 0, view.rows(), impl_->score, *prepared, options, tops);
  return TakeAll(tops);
}

Status ExactIndex::ForEach(const std::function<void(const VectorRecord&)>& visit) const {
  VisitById(impl_->Table()->view(), visit);
  return {};
}

}  // namespace snapshelf
