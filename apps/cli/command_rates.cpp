#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string_view>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/store.h"
#include "products/rates_book.h"

namespace snapshelf {
namespace {

Status ImportRates(const CommonOptions& common, const std::filesystem::path& file) {
  const auto bytes = ReadBytes(file);
  if (!bytes) return std::unexpected(bytes.error());
  const auto store = Store::Open(common.data, Access::kWrite, common.config);
  if (!store) return std::unexpected(store.error());
  const auto done = (*store)->rates().Import(
      std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!done) return Annotate(file.string(), done.error());
  fmt::print("{} rates taken over", done->taken);
  if (done->older > 0) fmt::print(", {} left out: older than those in the store", done->older);
  fmt::print("\n");
  return {};
}

Status ListRates(const CommonOptions& common) {
  const auto store = Store::Open(common.data, Access::kRead, common.config);
  if (!store) return std::unexpected(store.error());
  const auto rates = (*store)->rates().Get();
  if (!rates) return std::unexpected(rates.error());
  fmt::print("currency  base  rate              date\n");
  for (const auto& [currency, rate] : (*rates)->all())
    fmt::print("{:<9} {:<5} {:<17} {}\n", currency, rate.base, FormatRate(rate),
               rate.date ? FormatDate(*rate.date) : "(holds until replaced)");
  return {};
}

}  // namespace

void AddRates(CLI::App& app, const CommonOptions& common, Action& action) {
  auto* const command =
      app.add_subcommand("rates", "Exchange rates, to show prices in the shopper's currency");
  command->require_subcommand(1);
  command->fallthrough();
  auto* const import = command->add_subcommand(
      "import",
      "Take over the rates of a file: the ECB's eurofxref (XML or CSV), or CSV with the columns "
      "currency,base,rate,date");
  auto file = std::make_shared<std::filesystem::path>();
  import->add_option("FILE", *file, "The file")->required();
  import->footer(
      "Examples:\n  snapshelf rates import eurofxref-daily.xml --data my-shop\n"
      "  curl -T eurofxref-daily.xml http://localhost:8080/v1/rates   # while it is served");
  import->callback([&common, file, &action] {
    action = [&common, file] { return ImportRates(common, *file); };
  });
  auto* const list = command->add_subcommand("list", "Print the rates in the store");
  list->callback([&common, &action] { action = [&common] { return ListRates(common); }; });
}

}  // namespace snapshelf
