// Proves on a real database what ProductStore promises: products come back whole, keys and picture
// ids stay, and writes are all or nothing.
#include <gmock/gmock.h>

#include "products/product_store.h"
#include "products/store_test_util.h"

namespace snapshelf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> IdsOf(const std::vector<Product>& products) {
  std::vector<std::string> ids;
  for (const Product& product : products) ids.push_back(product.id);
  return ids;
}

Product FullProduct() {
  return {.id = "mug-1",
          .titles = {{"", "Mug"}, {"de", "Becher"}, {"ja", "マグカップ"}},
          .description = "Holds \"tea\"\nor coffee",
          .category = "Kitchen > Mugs",
          .brand = "O'Neil",
          .color = "Red/White",
          .price = Money{.minor = 1299, .currency = "EUR"},
          .availability = Availability::kPreorder,
          .link = "https://shop.example/mug-1",
          .pictures = {{.hash = "aa",
                        .width = 640,
                        .height = 480,
                        .source = {.path = "/a.jpg", .size_bytes = 7, .modified_ns = 9}},
                       {.hash = "bb", .width = 1, .height = 2}}};
}

TEST_F(StoreTest, GivesBackEveryField) {
  const Product put = Put(FullProduct());
  Reopen();
  const auto got = store_->Get("mug-1");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->key, put.key);
  EXPECT_EQ(got->titles, put.titles);
  EXPECT_EQ(got->description, put.description);
  EXPECT_EQ(got->category, put.category);
  EXPECT_EQ(got->brand, put.brand);
  EXPECT_EQ(got->color, put.color);
  EXPECT_EQ(got->price, put.price);
  EXPECT_EQ(got->availability, put.availability);
  EXPECT_EQ(got->link, put.link);
  ASSERT_EQ(got->pictures.size(), 2U);
  EXPECT_EQ(got->pictures[0].id, put.pictures[0].id);
  EXPECT_EQ(got->pictures[0].source, put.pictures[0].source);
  EXPECT_EQ(got->pictures[1].hash, "bb");
  EXPECT_EQ(got->pictures[1].height, 2);
}

TEST_F(StoreTest, NamesTheUnknownProductAndPicture) {
  const auto product = store_->Get("nobody");
  ASSERT_FALSE(product);
  EXPECT_EQ(product.error().code, Code::kNotFound);
  EXPECT_THAT(product.error().message, HasSubstr("nobody"));
  EXPECT_EQ(store_->GetPicture(99).error().code, Code::kNotFound);
}

TEST_F(StoreTest, ReplacingKeepsKeyAndPictureIdsByContent) {
  const Product first = Put(MakeProduct("a", {"h1", "h2", "h3"}));
  Product second = MakeProduct("a", {"h3", "h4", "h1"});
  const auto removed = store_->Put({&second, 1}, nullptr);
  EXPECT_EQ(second.key, first.key);
  EXPECT_EQ(second.pictures[0].id, first.pictures[2].id);
  EXPECT_EQ(second.pictures[2].id, first.pictures[0].id);
  EXPECT_GT(second.pictures[1].id, first.pictures[2].id);
  EXPECT_THAT(*removed, ElementsAre(first.pictures[1].id));
  const auto stored = store_->Get("a");
  EXPECT_EQ(stored->pictures[0].hash, "h3");
  EXPECT_EQ(stored->pictures[2].hash, "h1");
}

TEST_F(StoreTest, ReplacingDropsTitlesAndPriceThatAreGone) {
  Product product = FullProduct();
  Put(product);
  product.titles = {{"en", "Cup"}};
  product.price.reset();
  Put(product);
  const auto stored = store_->Get(product.id);
  EXPECT_EQ(stored->titles, product.titles);
  EXPECT_FALSE(stored->price);
}

TEST_F(StoreTest, APictureThatStandsTwiceHasTwoIds) {
  const Product first = Put(MakeProduct("a", {"same", "same"}));
  EXPECT_NE(first.pictures[0].id, first.pictures[1].id);
  Product second = MakeProduct("a", {"same"});
  const auto removed = store_->Put({&second, 1}, nullptr);
  EXPECT_EQ(second.pictures[0].id, first.pictures[0].id);
  EXPECT_THAT(*removed, ElementsAre(first.pictures[1].id));
}

TEST_F(StoreTest, EqualPicturesOfTwoProductsAreInUseUntilBothAreGone) {
  Put(MakeProduct("a", {"same"}));
  Put(MakeProduct("b", {"same"}));
  const std::vector<std::string> a = {"a"};
  const std::vector<std::string> b = {"b"};
  ASSERT_TRUE(store_->Remove(a));
  EXPECT_EQ(store_->UsesPicture("same"), true);
  ASSERT_TRUE(store_->Remove(b));
  EXPECT_EQ(store_->UsesPicture("same"), false);
}

TEST_F(StoreTest, RemoveGivesBackWhatWasThere) {
  const Product put = Put(FullProduct());
  const std::vector<std::string> ids = {"nobody", "mug-1"};
  const auto removed = store_->Remove(ids);
  ASSERT_EQ(removed->size(), 1U);
  EXPECT_EQ(removed->front().key, put.key);
  EXPECT_EQ(removed->front().pictures.size(), 2U);
  EXPECT_EQ(store_->GetPicture(put.pictures[0].id).error().code, Code::kNotFound);
  EXPECT_EQ(store_->Counts()->products, 0);
  EXPECT_EQ(store_->Counts()->pictures, 0);
}

TEST_F(StoreTest, KeepsLocalFeaturesWithTheirPicture) {
  Product product = MakeProduct("a", {"h1", "h2"});
  product.pictures[0].local_features = {std::byte{7}, std::byte{0}, std::byte{9}};
  const Product stored = Put(std::move(product));
  const auto records = store_->GetLocalFeatures(
      std::vector<PictureId>{stored.pictures[1].id, stored.pictures[0].id, 999});
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_THAT(*records, ElementsAre(IsEmpty(), SizeIs(3), IsEmpty()));

  // A change of the product that keeps the picture keeps them too; they go with the picture.
  Put(MakeProduct("a", {"h3", "h1"}));
  const std::vector<PictureId> first = {stored.pictures[0].id};
  EXPECT_THAT(*store_->GetLocalFeatures(first), ElementsAre(SizeIs(3)));
  Put(MakeProduct("a", {"h3"}));
  EXPECT_THAT(*store_->GetLocalFeatures(first), ElementsAre(IsEmpty()));
}

TEST_F(StoreTest, NeverUsesAKeyAgain) {
  const Product first = Put(MakeProduct("a"));
  const std::vector<std::string> ids = {"a"};
  ASSERT_TRUE(store_->Remove(ids));
  Reopen();
  const Product second = Put(MakeProduct("a"));
  EXPECT_GT(second.key, first.key);
  EXPECT_GT(second.pictures[0].id, first.pictures[0].id);
}

TEST_F(StoreTest, NeverUsesAKeyAgainAfterAFailedWrite) {
  std::vector<Product> products = {MakeProduct("a")};
  const auto failed = store_->Put(
      products, [](std::span<const Product>) -> Status { return Fail(Code::kIoError, "index"); });
  EXPECT_EQ(failed.error().message, "index");
  Reopen();
  EXPECT_GT(Put(MakeProduct("b")).key, products[0].key);
}

TEST_F(StoreTest, AFailureBeforeCommitLeavesNothing) {
  const Product old = Put(MakeProduct("a", {"h1"}));
  std::vector<Product> products = {MakeProduct("a", {"h2"}), MakeProduct("b")};
  std::vector<ProductKey> keys;
  const auto failed = store_->Put(products, [&](std::span<const Product> assigned) -> Status {
    for (const Product& product : assigned) keys.push_back(product.key);
    return Fail(Code::kResourceExhausted, "no space for vectors");
  });
  EXPECT_EQ(failed.error().code, Code::kResourceExhausted);
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys.front(), old.key);
  EXPECT_EQ(store_->Get("a")->pictures[0].hash, "h1");
  EXPECT_EQ(store_->Get("b").error().code, Code::kNotFound);
  EXPECT_EQ(store_->Counts()->products, 1);
}

TEST_F(StoreTest, ABadProductKeepsTheOthersOutToo) {
  std::vector<Product> products = {MakeProduct("a"), MakeProduct("b")};
  products[1].price = Money{.minor = 1, .currency = "QQQ"};
  const auto put = store_->Put(products, nullptr);
  EXPECT_EQ(put.error().code, Code::kInvalidArgument);
  EXPECT_THAT(put.error().message, HasSubstr("product b"));
  EXPECT_EQ(store_->Counts()->products, 0);
}

TEST_F(StoreTest, KeepsTheOrderThatWasAskedFor) {
  const Product a = Put(MakeProduct("a"));
  const Product b = Put(MakeProduct("b"));
  const std::vector<ProductKey> keys = {b.key, 12345, a.key};
  EXPECT_THAT(IdsOf(*store_->GetByKeys(keys)), ElementsAre("b", "a"));
  const std::vector<std::string> ids = {"b", "nobody", "a"};
  EXPECT_THAT(IdsOf(*store_->GetByIds(ids)), ElementsAre("b", "a"));
}

TEST_F(StoreTest, VisitsPicturesInAscendingId) {
  const Product a = Put(MakeProduct("a", {"h1", "h2"}));
  const Product b = Put(MakeProduct("b", {"h3"}));
  std::vector<PictureId> ids;
  std::vector<ProductKey> keys;
  ASSERT_TRUE(store_->ForEachPicture([&](const StoredPicture& picture) {
    ids.push_back(picture.picture.id);
    keys.push_back(picture.product);
  }));
  EXPECT_THAT(ids, ElementsAre(a.pictures[0].id, a.pictures[1].id, b.pictures[0].id));
  EXPECT_THAT(keys, ElementsAre(a.key, a.key, b.key));
}

TEST_F(StoreTest, CountsByCategory) {
  Product mug = FullProduct();
  Put(mug);
  mug.id = "mug-2";
  Put(mug);
  Put(MakeProduct("other"));
  const auto counts = store_->Counts();
  EXPECT_EQ(counts->products, 3);
  EXPECT_EQ(counts->pictures, 5);
  EXPECT_THAT(counts->by_category,
              ElementsAre(testing::Pair("", 1), testing::Pair("Kitchen > Mugs", 2)));
}

TEST_F(StoreTest, TellsWhichProductsWereNotSeen) {
  for (const char* id : {"a", "b", "c"}) Put(MakeProduct(id));
  const std::vector<std::string> seen = {"b", "not stored"};
  ASSERT_TRUE(store_->MarkSeen(seen));
  Reopen();
  EXPECT_THAT(*store_->NotSeen(10), ElementsAre("a", "c"));
  EXPECT_THAT(*store_->NotSeen(1), ElementsAre("a"));
  ASSERT_TRUE(store_->ForgetSeen());
  EXPECT_THAT(*store_->NotSeen(10), ElementsAre("a", "b", "c"));
}

TEST_F(StoreTest, TellsWhichIdsWereMarkedTwice) {
  const std::vector<std::string> first = {"a", "b", "a"};
  EXPECT_THAT(*store_->MarkSeen(first), ElementsAre("a"));
  const std::vector<std::string> second = {"c", "b"};
  EXPECT_THAT(*store_->MarkSeen(second), ElementsAre("b"));
}

TEST_F(StoreTest, RemembersSettings) {
  EXPECT_EQ(store_->GetSetting("model"), "");
  ASSERT_TRUE(store_->SetSetting("model", "resnet18"));
  ASSERT_TRUE(store_->SetSetting("model", "resnet50"));
  Reopen();
  EXPECT_EQ(store_->GetSetting("model"), "resnet50");
}

TEST_F(StoreTest, OfAProductThatStandsTwiceInAWriteTheLastOneCounts) {
  std::vector<Product> products = {MakeProduct("a", {"h1", "h2"}), MakeProduct("b"),
                                   MakeProduct("a", {"h2", "h3"})};
  const auto removed = store_->Put(products, nullptr);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(products[0].key, products[2].key);
  EXPECT_EQ(products[0].pictures[1].id, products[2].pictures[0].id);
  EXPECT_THAT(*removed, ElementsAre(products[0].pictures[0].id));
  EXPECT_EQ(store_->Counts()->products, 2);
  EXPECT_EQ(store_->Get("a")->pictures[1].hash, "h3");
}

TEST_F(StoreTest, AProductThatIsRemovedTwiceComesBackOnce) {
  Put(MakeProduct("a"));
  const std::vector<std::string> ids = {"a", "a"};
  EXPECT_THAT(*store_->Remove(ids), SizeIs(1));
}

TEST_F(StoreTest, NothingToWriteIsNoError) {
  EXPECT_THAT(*store_->Put({}, nullptr), IsEmpty());
  EXPECT_THAT(*store_->Remove({}), IsEmpty());
  EXPECT_THAT(*store_->GetByKeys({}), IsEmpty());
  EXPECT_THAT(*store_->MarkSeen({}), IsEmpty());
}

TEST_F(StoreTest, KeepsAProductWithoutPictures) {
  Put(MakeProduct("a", {}));
  EXPECT_THAT(store_->Get("a")->pictures, IsEmpty());
}

TEST_F(StoreTest, WritesUnderItsOwnLock) {
  const auto lock = store_->LockWriters();
  ASSERT_TRUE(lock) << lock.error().message;
  Put(MakeProduct("a"));
  EXPECT_TRUE(store_->Get("a"));
}

TEST_F(StoreTest, IsSoundAfterWrites) {
  Put(MakeProduct("a", {"h1", "h2"}));
  EXPECT_TRUE(store_->CheckIntegrity());
}

}  // namespace
}  // namespace snapshelf
