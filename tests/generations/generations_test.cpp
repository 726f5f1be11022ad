// Proves that a shop changes its models without losing an answer, a write or a vector: real SQLite,
// real vector logs and small real networks. One sees colours, the other the same colours turned
// round by one (red is where green was), so that vectors of both, if they ever met, would give
// wrong products.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/sha256.h"
#include "cli/model_folder.h"
#include "cli/open_shop.h"
#include "embed/projection.h"
#include "photo/decode.h"
#include "photo/encode.h"
#include "pipeline/commit_products.h"
#include "pipeline/edit_products.h"
#include "pipeline/embed_objects.h"
#include "pipeline/find_products.h"
#include "pipeline/verify_store.h"
#include "runtime/test_networks.h"
#include "search/embedded/embedded_index.h"
#include "storage/faulty_fs.h"

namespace snapshelf {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// More than go through the models together, so that a change has several steps.
constexpr int kProducts = 40;

/// A YOLOv8 of two classes that finds nothing: its scores are the pixels, made tiny.
std::string BlindDetector() {
  return testing::OnnxWriter()
      .Input("images", {-1, 3, 4, 4})
      .Constant("shape", {-1, 6, 8})
      .Node("Reshape", {"images", "shape"}, "boxes")
      .Output("boxes", {-1, 6, 8})
      .Model();
}

void AddModel(const fs::path& models, ModelCard card, const std::string& network) {
  const fs::path folder = models / card.name;
  fs::create_directories(folder);
  card.version = "1";
  card.input.width = 4;
  card.input.height = 4;
  card.input.resize = "stretch";
  card.file = testing::WriteFile(folder / "model.onnx", network);
  testing::WriteFile(folder / "model.json", WriteModelCard(card, folder));
}

/// An embedder whose axis (c + turn) % 3 is colour c.
void AddEmbedder(const fs::path& models, const std::string& name, int turn) {
  Projection projection = {.input_size = 3, .output_size = kEmbeddingDim};
  projection.mean.assign(3, 0);
  projection.matrix.assign(std::size_t{3} * kEmbeddingDim, 0);
  for (std::size_t colour = 0; colour < 3; ++colour)
    projection.matrix[(colour + static_cast<std::size_t>(turn)) % 3 * 3 + colour] = 1;
  fs::create_directories(models / name);
  ASSERT_TRUE(WriteProjection(projection, models / name / "projection.bin"));
  ModelCard card;
  card.name = name;
  card.task = "embed";
  card.decoder = "embedding";
  card.output_name = "means";
  card.embedding_size = kEmbeddingDim;
  card.projection = models / name / "projection.bin";
  AddModel(models, card, testing::MeanNetwork());
}

void AddDetector(const fs::path& models, const std::string& name) {
  ModelCard card;
  card.name = name;
  card.task = "detect";
  card.decoder = "yolov8";
  card.classes = {"ring", "bar"};
  card.input.scale = 1e-6F;
  AddModel(models, card, BlindDetector());
}

/// Each number a colour of its own, and no two pictures alike.
std::vector<std::byte> PictureOf(int number) {
  Image image{.width = 16, .height = 16, .pixels = {}};
  for (int pixel = 0; pixel < 16 * 16; ++pixel)
    for (const int step : {37, 68, 99})
      image.pixels.push_back(static_cast<std::uint8_t>(number * step % 250 + 5));
  auto encoded = EncodeJpeg(image, 100);
  EXPECT_TRUE(encoded) << encoded.error().message;
  return encoded.value_or(std::vector<std::byte>());
}

std::string IdOf(int number) {
  return "product-" + std::to_string(number);
}

class Generations : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(InitPhoto("generations_test"));
    folder_ = testing::FreshFolder(std::string("generations_") +
                                   ::testing::UnitTest::GetInstance()->current_test_info()->name());
    AddDetector(folder_ / "models", "detector");
    AddDetector(folder_ / "models", "second-detector");
    AddEmbedder(folder_ / "models", "embedder", 0);
    AddEmbedder(folder_ / "models", "turned", 1);
    Open();
    std::vector<PreparedProduct> products;
    for (int number = 0; number < kProducts; ++number)
      products.push_back(Prepare(IdOf(number), number));
    ASSERT_TRUE(CommitProducts(shops(), products));
  }

  void Open() {
    opened_.reset();
    auto opened = OpenedShop::Open(options(), Access::kWrite, RunMode::kLatency);
    ASSERT_TRUE(opened) << opened.error().message;
    opened_ = std::move(*opened);
  }

  [[nodiscard]] CommonOptions options() const {
    return {.data = folder_ / "data", .models = folder_ / "models", .detector = "", .embedder = ""};
  }

  CurrentShop& shops() { return opened_->shops(); }

  /// A product with the picture of `picture`, ready to be committed.
  PreparedProduct Prepare(const std::string& id, int picture) {
    const auto shop = shops().Get();
    const std::vector<std::byte> bytes = PictureOf(picture);
    const std::string hash = Sha256Hex(bytes);
    auto embeddings = EmbedPictureFile(*shop, bytes);
    EXPECT_TRUE(embeddings) << embeddings.error().message;
    PreparedProduct prepared{.product = {.id = id}, .added = {}, .generation = shop->generation};
    prepared.product.pictures = {{.hash = hash, .width = 16, .height = 16}};
    prepared.added = {{.hash = hash, .bytes = bytes, .embeddings = std::move(*embeddings)}};
    return prepared;
  }

  /// Product `number` with the picture of `picture`.
  void Put(int number, int picture) {
    const auto put =
        PutProduct(shops(), {.id = IdOf(number)}, std::array{PictureOf(picture)}, false);
    ASSERT_TRUE(put) << put.error().message;
  }
  void Remove(int number) { ASSERT_TRUE(RemoveProduct(shops(), IdOf(number))); }

  /// The products that a photo of `picture` finds with a score of an equal picture.
  std::vector<std::string> FoundBy(int picture) {
    PhotoCache photos(1 << 20, std::chrono::seconds(60), std::chrono::steady_clock::now);
    const ProductFinder finder(shops(), photos);
    const auto answer = finder.FindByPhoto(PictureOf(picture), {.k = 3, .min_score = 0.99999F});
    EXPECT_TRUE(answer) << answer.error().message;
    std::vector<std::string> ids;
    if (answer)
      for (const ProductMatch& match : answer->objects.back().products)
        ids.push_back(match.product.id);
    return ids;
  }

  Result<ReembedProgress> Use(const std::string& detector, const std::string& embedder,
                              const ReembedObserver& observer = {}, std::stop_token stop = {}) {
    const auto models = opened_->FindModels(detector, embedder);
    if (!models) return std::unexpected(models.error());
    return opened_->UseModels(*models, 1, observer, stop);
  }

  std::string EmbedderNow() { return shops().Get()->embedder.card().name; }

  /// Every picture has its vectors, and every vector its picture.
  std::vector<std::string> ProblemsOfStore() {
    const auto shop = shops().Get();
    std::vector<std::string> problems;
    EXPECT_TRUE(VerifyStore(shop->products, shop->pictures, shop->index,
                            [&](const std::string& problem) { problems.push_back(problem); }));
    return problems;
  }

  [[nodiscard]] std::vector<std::string> VectorLogs() const {
    std::vector<std::string> logs;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "data/vectors"))
      if (entry.is_regular_file())
        logs.push_back(fs::relative(entry.path(), folder_ / "data/vectors").string());
    return logs;
  }

  fs::path folder_;
  std::unique_ptr<OpenedShop> opened_;
};

TEST_F(Generations, QueriesAreAnsweredFromTheOldOneMeanwhile) {
  int asked = 0;
  const auto done = Use("", "turned",
                        {.on_progress =
                             [&](const ReembedProgress& progress) {
                               if (shops().Get()->generation == 2) return;
                               ++asked;
                               EXPECT_EQ(EmbedderNow(), "embedder") << progress.done;
                               EXPECT_THAT(FoundBy(17), ::testing::ElementsAre(IdOf(17)));
                             },
                         .on_problem = {}});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_GE(asked, 2);
  EXPECT_EQ(done->done, kProducts);
  EXPECT_EQ(done->resumed, 0);
  EXPECT_EQ(EmbedderNow(), "turned");
  EXPECT_THAT(FoundBy(17), ::testing::ElementsAre(IdOf(17)));
  EXPECT_THAT(ProblemsOfStore(), IsEmpty());
}

TEST_F(Generations, SwitchesInOneStep) {
  // A query that began before keeps the models and vectors that it began with.
  const auto before = shops().Get();
  ASSERT_TRUE(Use("", "turned"));
  const auto after = shops().Get();
  EXPECT_EQ(before->embedder.card().name, "embedder");
  EXPECT_EQ(after->embedder.card().name, "turned");
  EXPECT_EQ(before->index.stats().vectors, after->index.stats().vectors);
  EXPECT_EQ(before->generation, 1);
  EXPECT_EQ(after->generation, 2);
}

TEST_F(Generations, TheNewOneIsThereAtTheNextStart) {
  ASSERT_TRUE(Use("", "turned"));
  Open();  // no model is named: the data folder remembers it
  EXPECT_EQ(EmbedderNow(), "turned");
  EXPECT_EQ(shops().Get()->generation, 2);
  EXPECT_THAT(FoundBy(17), ::testing::ElementsAre(IdOf(17)));
  EXPECT_THAT(VectorLogs(), ::testing::ElementsAre("2/vectors.log"));
}

TEST_F(Generations, GoesOnAfterKill) {
  std::stop_source stop;
  const auto cut = Use("", "turned",
                       {.on_progress =
                            [&](const ReembedProgress& progress) {
                              if (progress.done > 0) stop.request_stop();
                            },
                        .on_problem = {}},
                       stop.get_token());
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::kUnavailable);
  EXPECT_EQ(EmbedderNow(), "embedder");
  Open();
  EXPECT_EQ(EmbedderNow(), "embedder");
  EXPECT_THAT(FoundBy(17), ::testing::ElementsAre(IdOf(17)));
  const auto done = Use("", "turned");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_GT(done->resumed, 0);
  EXPECT_LT(done->resumed, kProducts);
  EXPECT_EQ(done->done, kProducts);
  EXPECT_EQ(EmbedderNow(), "turned");
  EXPECT_THAT(ProblemsOfStore(), IsEmpty());
}

TEST_F(Generations, AnotherModelAfterACutStartsAnew) {
  AddEmbedder(folder_ / "models", "twice-turned", 2);
  std::stop_source stop;
  ASSERT_FALSE(
      Use("", "turned",
          {.on_progress = [&](const ReembedProgress&) { stop.request_stop(); }, .on_problem = {}},
          stop.get_token()));
  const auto done = Use("", "twice-turned");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->resumed, 0);
  EXPECT_THAT(FoundBy(17), ::testing::ElementsAre(IdOf(17)));
}

TEST_F(Generations, TheModelsOfNowThrowAwayWhatWasCutOff) {
  std::stop_source stop;
  ASSERT_FALSE(
      Use("", "turned",
          {.on_progress = [&](const ReembedProgress&) { stop.request_stop(); }, .on_problem = {}},
          stop.get_token()));
  EXPECT_THAT(VectorLogs(), ::testing::UnorderedElementsAre("vectors.log", "2/vectors.log"));
  const auto done = Use("", "embedder");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->done, done->resumed);
  EXPECT_THAT(VectorLogs(), ::testing::ElementsAre("vectors.log"));
}

TEST_F(Generations, ProductsChangedMeanwhileAreRightAfterwards) {
  bool changed = false;
  const auto done = Use("", "turned",
                        {.on_progress =
                             [&](const ReembedProgress& progress) {
                               if (changed || progress.done == 0) return;
                               changed = true;
                               Put(0, 100);          // embedded already, another picture now
                               Put(39, 101);         // still to come
                               Put(kProducts, 102);  // new
                             },
                         .on_problem = {}});
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_TRUE(changed);
  EXPECT_EQ(done->pictures, kProducts + 1);
  EXPECT_THAT(FoundBy(100), ::testing::ElementsAre(IdOf(0)));
  EXPECT_THAT(FoundBy(101), ::testing::ElementsAre(IdOf(39)));
  EXPECT_THAT(FoundBy(102), ::testing::ElementsAre(IdOf(kProducts)));
  EXPECT_THAT(FoundBy(0), IsEmpty());
  EXPECT_THAT(ProblemsOfStore(), IsEmpty());
}

TEST_F(Generations, ProductsRemovedMeanwhileAreGone) {
  bool removed = false;
  const auto done = Use("", "turned",
                        {.on_progress =
                             [&](const ReembedProgress& progress) {
                               if (removed || progress.done == 0) return;
                               removed = true;
                               Remove(0);   // embedded already
                               Remove(39);  // still to come
                             },
                         .on_problem = {}});
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_TRUE(removed);
  EXPECT_EQ(done->pictures, kProducts - 2);
  EXPECT_THAT(FoundBy(0), IsEmpty());
  EXPECT_THAT(FoundBy(39), IsEmpty());
  EXPECT_THAT(ProblemsOfStore(), IsEmpty());
}

TEST_F(Generations, AProductPreparedBeforeTheSwitchIsEmbeddedAgain) {
  // As an import does it: embedded with the models of now, committed after the switch.
  std::vector<PreparedProduct> late = {Prepare("late", 100)};
  ASSERT_TRUE(Use("", "turned"));
  ASSERT_TRUE(CommitProducts(shops(), late));
  EXPECT_THAT(FoundBy(100), ::testing::ElementsAre("late"));
}

TEST_F(Generations, ADetectorIsChangedLikeAnEmbedder) {
  const auto done = Use("second-detector", "");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->done - done->resumed, kProducts);
  Open();
  EXPECT_EQ(shops().Get()->detector.card().name, "second-detector");
  EXPECT_EQ(EmbedderNow(), "embedder");
}

TEST_F(Generations, APictureThatCannotBeReadKeepsTheOldOneAndIsNamed) {
  const auto product = shops().Get()->products.Get(IdOf(5));
  ASSERT_TRUE(product);
  ASSERT_TRUE(shops().Get()->pictures.Remove(product->pictures.front().hash));
  std::vector<std::string> problems;
  const auto done =
      Use("", "turned", {.on_progress = {}, .on_problem = [&](const std::string& problem) {
                           problems.push_back(problem);
                         }});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kCorruption);
  EXPECT_THAT(problems, ::testing::ElementsAre(HasSubstr("product product-5: picture")));
  EXPECT_EQ(EmbedderNow(), "embedder");
  EXPECT_THAT(FoundBy(5), ::testing::ElementsAre(IdOf(5)));
  // As the message says: without the product it goes through, and only what is left is embedded.
  Remove(5);
  const auto again = Use("", "turned");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->resumed, kProducts - 1);
}

TEST_F(Generations, DiskFailureLeavesTheOldOne) {
  const auto model = ReadModelCard(folder_ / "models/turned/model.json");
  ASSERT_TRUE(model) << model.error().message;
  const auto embedder = Embedder::Create(*model, RunMode::kLatency);
  ASSERT_TRUE(embedder) << embedder.error().message;
  FaultyFs disk;
  const auto old = shops().Get();
  // Every call of the disk fails once, until a change gets through.
  for (std::uint64_t call = 0;; ++call) {
    ASSERT_LT(call, 100U);
    // What was written stays: each round goes on where the one before failed.
    auto index =
        EmbeddedIndex::Open(disk, "/vectors/2", {.dim = kEmbeddingDim, .model_id = "turned"});
    ASSERT_TRUE(index) << index.error().message;
    const auto next = std::make_shared<const Shop>(Shop{.detector = old->detector,
                                                        .embedder = **embedder,
                                                        .index = **index,
                                                        .products = old->products,
                                                        .pictures = old->pictures,
                                                        .rates = old->rates,
                                                        .limits = old->limits,
                                                        .metrics = old->metrics,
                                                        .generation = 2});
    bool recorded = false;
    disk.FailOnce(call);
    const auto done = ReembedProducts(shops(), next, 1,
                                      [&]() -> Status {
                                        recorded = true;
                                        return {};
                                      },
                                      {}, {});
    if (done) {
      EXPECT_TRUE(recorded);
      EXPECT_THAT(FoundBy(17), ::testing::ElementsAre(IdOf(17)));
      EXPECT_THAT(ProblemsOfStore(), IsEmpty());
      EXPECT_GE(call, 2U);
      shops().Set(old);  // the new one's parts end here
      return;
    }
    EXPECT_FALSE(recorded);
    EXPECT_EQ(shops().Get(), old);
    EXPECT_THAT(FoundBy(17), ::testing::ElementsAre(IdOf(17)));
  }
}

TEST_F(Generations, ASwitchThatCannotBeRecordedLeavesTheOldOne) {
  const auto old = shops().Get();
  const auto next = std::make_shared<const Shop>(Shop{.detector = old->detector,
                                                      .embedder = old->embedder,
                                                      .index = old->index,
                                                      .products = old->products,
                                                      .pictures = old->pictures,
                                                      .rates = old->rates,
                                                      .limits = old->limits,
                                                      .metrics = old->metrics,
                                                      .generation = 2});
  const auto done = ReembedProducts(
      shops(), next, 1, [] { return Status(Fail(Code::kResourceExhausted, "disk full")); }, {}, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kResourceExhausted);
  EXPECT_EQ(shops().Get(), old);
}

TEST_F(Generations, ModelsThatAnotherServerGaveAreFollowedBeforeTheNextWrite) {
  const auto detector = ReadModelCard(folder_ / "models/detector/model.json");
  const auto turned = ReadModelCard(folder_ / "models/turned/model.json");
  ASSERT_TRUE(detector && turned);
  // What another server of the same catalog records when its change is done.
  ASSERT_TRUE(opened_->store().products().SetSetting(
      "embedding_model", WriteGeneration(MakeGeneration(2, *detector, *turned))));

  std::vector<PreparedProduct> product = {Prepare("new", 50)};
  const Status late = CommitProducts(shops(), product);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kUnavailable);
  EXPECT_THAT(late.error().message, HasSubstr("generation 2; here it is still 1"));
  const auto removed = RemoveProducts(shops(), std::vector<std::string>{IdOf(0)});
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, Code::kUnavailable);
  const auto models = opened_->FindModels("", "turned");
  ASSERT_TRUE(models);
  EXPECT_FALSE(opened_->UseModels(*models, 1, {}, {}));  // would throw the other's vectors away

  ASSERT_TRUE(opened_->FollowModels());
  EXPECT_EQ(shops().Get()->generation, 2);
  const Status written = CommitProducts(shops(), product);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(FoundBy(50), ::testing::ElementsAre("new"));
}

TEST_F(Generations, AStoreOfBeforeGenerationsIsTheFirstOne) {
  // What stood there then: the embedder's id alone.
  const std::string id = opened_->store().generation().embedder.id;
  ASSERT_TRUE(opened_->store().products().SetSetting("embedding_model", id));
  Open();
  EXPECT_EQ(opened_->store().generation().number, 1);
  EXPECT_THAT(FoundBy(17), ::testing::ElementsAre(IdOf(17)));
  ASSERT_TRUE(Use("", "turned"));
  Open();
  EXPECT_EQ(EmbedderNow(), "turned");
}

TEST_F(Generations, ModelsThatAreGoneCanBeLeftBehind) {
  opened_.reset();
  fs::remove_all(folder_ / "models/embedder");
  const auto refused = OpenedShop::Open(options(), Access::kWrite, RunMode::kLatency);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("models use"));
  auto opened = OpenedShop::OpenToUseModels(options(), RunMode::kLatency);
  ASSERT_TRUE(opened) << opened.error().message;
  opened_ = std::move(*opened);
  const auto done = Use("", "turned");
  ASSERT_TRUE(done) << done.error().message;
  Open();
  EXPECT_EQ(EmbedderNow(), "turned");
  EXPECT_THAT(FoundBy(17), ::testing::ElementsAre(IdOf(17)));
}

TEST_F(Generations, RefusesAModelOfTheOtherTask) {
  const auto done = Use("turned", "");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kInvalidArgument);
  EXPECT_THAT(done.error().message, HasSubstr("turned@1 is for the task \"embed\""));
  EXPECT_EQ(Use("", "nowhere").error().code, Code::kNotFound);
}

// Vectors that nobody owns fill the files up, so that few pictures suffice for a sealed store.
TEST_F(Generations, DamagedVectorsAreMadeAnewFromTheirPictures) {
  opened_.reset();
  const fs::path sealed = folder_ / "data/vectors/sealed/000001.rows";
  {
    const auto store = Store::Open(folder_ / "data", Access::kWrite, {});
    ASSERT_TRUE(store);
    const auto index = EmbeddedIndex::Open(
        PosixFileSystem(), folder_ / "data/vectors",
        {.kind = IndexKind::kGraph, .model_id = (*store)->generation().embedder.id});
    ASSERT_TRUE(index) << index.error().message;
    std::vector<float> values(std::size_t{8200} * kEmbeddingDim, 1.0F);
    std::vector<VectorRecord> records;
    for (VectorId id = 0; id < 8200; ++id) {
      const std::span one = std::span(values).subspan(id * kEmbeddingDim, kEmbeddingDim);
      one[id % kEmbeddingDim] += static_cast<float>(id / kEmbeddingDim + 1);
      records.push_back({.id = 1'000'000 + id, .group = id, .values = one});
    }
    ASSERT_TRUE((*index)->Add(records));
    (*index)->WaitUntilSettled();
    ASSERT_TRUE((*index)->Seal());
  }
  const auto bytes = PosixFileSystem().Read(sealed);
  ASSERT_TRUE(bytes);
  std::string damaged(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  damaged[4096 + std::size_t{4096} * kEmbeddingDim * 4 + 100] ^= 1;  // an id of the first chunk
  testing::WriteFile(sealed, damaged);

  Open();
  EXPECT_GE(shops().Get()->index.stats().lost, std::size_t{kProducts});
  EXPECT_THAT(FoundBy(3), IsEmpty());
  EXPECT_EQ(ProblemsOfStore().size(), std::size_t{kProducts});
  EXPECT_THAT(ProblemsOfStore().front(), HasSubstr("--repair"));
  opened_.reset();
  {
    const auto store = Store::Open(folder_ / "data", Access::kWrite, {});
    const auto repair = (*store)->RepairVectors();
    ASSERT_TRUE(repair) << repair.error().message;
    EXPECT_EQ(repair->vectors_lost, 4096U);
    EXPECT_EQ(repair->pictures_without_vectors, std::size_t{kProducts});
  }
  Open();
  EXPECT_EQ(shops().Get()->index.stats().lost, 0U);
  const auto done = opened_->EmbedMissing(1, {}, {});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->done - done->resumed, kProducts);
  EXPECT_THAT(ProblemsOfStore(), IsEmpty());
  EXPECT_EQ(FoundBy(3), std::vector<std::string>{IdOf(3)});
}

}  // namespace
}  // namespace snapshelf
