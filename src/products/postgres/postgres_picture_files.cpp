#include "products/postgres/postgres_picture_files.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "base/sha256.h"

namespace snapshelf::postgres {
namespace {

constexpr std::int64_t kFilesPerPage = 10'000;

class PostgresPictureFiles final : public PictureFiles {
 public:
  explicit PostgresPictureFiles(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}

  Status Put(const std::string& hash, std::span<const std::byte> bytes) override {
    SNAPSHELF_CHECK(Sha256Hex(bytes) == hash);
    // One that is damaged is written again.
    const auto done =
        Ask("INSERT INTO picture_files AS stored VALUES($1, $2) ON CONFLICT(hash) DO UPDATE"
            " SET bytes = excluded.bytes WHERE encode(sha256(stored.bytes), 'hex') <> stored.hash",
            Parameters().Add(hash).Add(bytes));
    if (!done) return std::unexpected(done.error());
    return {};
  }

  Status Sync() override { return {}; }

  Result<std::vector<std::byte>> Get(const std::string& hash) const override {
    const auto rows =
        Ask("SELECT bytes FROM picture_files WHERE hash = $1", Parameters().Add(hash));
    if (!rows) return std::unexpected(rows.error());
    if (rows->size() == 0) return Missing(hash);
    auto bytes = rows->Blob(0, 0);
    if (Sha256Hex(bytes) != hash)
      return Fail(Code::kCorruption,
                  fmt::format("picture file {} in PostgreSQL: its content has changed; import the "
                              "picture again",
                              hash));
    return bytes;
  }

  Status Remove(const std::string& hash) override {
    // After a lost connection it may be gone already, so that is asked beforehand.
    if (!Contains(hash)) return Missing(hash);
    const auto done = Ask("DELETE FROM picture_files WHERE hash = $1", Parameters().Add(hash));
    if (!done) return std::unexpected(done.error());
    return {};
  }

  bool Contains(const std::string& hash) const override {
    const auto rows = Ask("SELECT 1 FROM picture_files WHERE hash = $1", Parameters().Add(hash));
    return rows && rows->size() == 1;
  }

  Status ForEach(
      const std::function<void(const std::string&, std::uint64_t)>& visit) const override {
    std::string last;
    while (true) {
      const auto rows =
          Ask("SELECT hash, octet_length(bytes) FROM picture_files WHERE hash > $1 ORDER BY hash"
              " LIMIT $2",
              Parameters().Add(last).Add(kFilesPerPage));
      if (!rows) return std::unexpected(rows.error());
      if (rows->size() == 0) return {};
      for (int row = 0; row < rows->size(); ++row)
        visit(rows->Text(row, 0), static_cast<std::uint64_t>(rows->Int(row, 1)));
      last = rows->Text(rows->size() - 1, 0);
    }
  }

 private:
  static std::unexpected<Error> Missing(const std::string& hash) {
    return Fail(Code::kNotFound, fmt::format("picture file {} in PostgreSQL: there is none", hash));
  }

  [[nodiscard]] Result<Rows> Ask(std::string_view sql, const Parameters& parameters) const {
    return pool_->Run([&](Connection& connection) { return connection.Run(sql, parameters); });
  }

  std::shared_ptr<Pool> pool_;
};

}  // namespace

std::unique_ptr<PictureFiles> MakePictureFiles(std::shared_ptr<Pool> pool) {
  return std::make_unique<PostgresPictureFiles>(std::move(pool));
}

}  // namespace snapshelf::postgres
