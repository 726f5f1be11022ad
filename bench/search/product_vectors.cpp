#include "product_vectors.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <thread>
#include <utility>

namespace snapshelf {
namespace {

class Random {
 public:
  explicit Random(std::uint64_t state) : state_(state) {}
  std::uint64_t Next() {  // splitmix64
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  double Uniform() { return (static_cast<double>(Next() >> 11) + 0.5) / 9007199254740992.0; }
  /// Four uniform numbers added up: near enough to normal, and quick.
  float Normal() {
    const std::uint64_t bits = Next();
    const auto sum = static_cast<float>((bits & 0xFFFF) + (bits >> 16 & 0xFFFF) +
                                        (bits >> 32 & 0xFFFF) + (bits >> 48));
    return (sum / 65536.0F - 2.0F) * 1.7320508F;
  }
  /// Zipf's distribution with exponent 1.3, from 1 on (Devroye 1986, X.6.1).
  std::uint64_t Zipf() {
    constexpr double kExponent = 1.3;
    const double b = std::pow(2.0, kExponent - 1);
    for (;;) {
      const double u = Uniform();
      const double x = std::floor(std::pow(u, -1 / (kExponent - 1)));
      const double t = std::pow(1 + 1 / x, kExponent - 1);
      if (x < 1e15 && Uniform() * x * (t - 1) / (b - 1) <= t / b)
        return static_cast<std::uint64_t>(x);
    }
  }

 private:
  std::uint64_t state_;
};

std::vector<float> Normals(Random& random, std::size_t count, double scale) {
  std::vector<float> values(count);
  for (float& value : values) value = random.Normal() * static_cast<float>(scale);
  return values;
}

void Normalise(float* values, int n) {
  double squared = 0;
  for (int i = 0; i < n; ++i) squared += static_cast<double>(values[i]) * values[i];
  const auto scale = static_cast<float>(1 / std::sqrt(squared));
  for (int i = 0; i < n; ++i) values[i] *= scale;
}

constexpr std::uint64_t kPictureStream = 1;
constexpr std::uint64_t kProductStream = 2;
constexpr std::uint64_t kQueryStream = 3;

std::uint64_t SeedOf(std::uint64_t seed, std::uint64_t stream, std::uint64_t i) {
  return Random(seed * 1'000'003 + stream * 0x51ED270B7A3F + i * 0x2545F4914F6CDD1D).Next();
}

void InAllCores(std::size_t count, const std::function<void(std::size_t)>& make) {
  std::vector<std::jthread> threads;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t t = 0; t < cores; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < count; i += cores) make(i);
    });
}

}  // namespace

ProductVectors::ProductVectors(std::size_t count, std::uint64_t seed)
    : seed_(seed), products_(std::max<std::size_t>(1, count / 6)) {
  Random random(seed);
  first_layer_ = Normals(random, std::size_t{kLatent} * kHidden, 1 / std::sqrt(kLatent));
  second_layer_ = Normals(random, std::size_t{kHidden} * kDim, 1 / std::sqrt(kHidden));
  categories_ = Normals(random, std::size_t{kCategories} * kLatent, 1);
  std::vector<float> sum(kDim);
  std::vector<float> embedded(kDim);
  for (int c = 0; c < kCategories; ++c) {
    Embed(&categories_[std::size_t(c) * kLatent], embedded.data());
    for (int d = 0; d < kDim; ++d) sum[d] += embedded[d];
  }
  for (int d = 0; d < kDim; ++d) mean_[d] = sum[d] / kCategories;
}

void ProductVectors::Embed(const float* latent, float* out) const {
  float hidden[kHidden] = {};
  for (int l = 0; l < kLatent; ++l)
    for (int h = 0; h < kHidden; ++h)
      hidden[h] += latent[l] * first_layer_[std::size_t(l) * kHidden + h];
  for (int d = 0; d < kDim; ++d) out[d] = -mean_[d];
  for (int h = 0; h < kHidden; ++h) {
    if (hidden[h] <= 0) continue;
    for (int d = 0; d < kDim; ++d) out[d] += hidden[h] * second_layer_[std::size_t(h) * kDim + d];
  }
}

void ProductVectors::Show(std::uint64_t product, std::uint64_t picture, float latent_noise,
                          float noise, float* out) const {
  Random of_product(SeedOf(seed_, kProductStream, product));
  Random of_picture(picture);
  const std::uint64_t category = of_product.Zipf() % kCategories;
  float latent[kLatent];
  for (int l = 0; l < kLatent; ++l)
    latent[l] = categories_[category * kLatent + l] + 0.7F * of_product.Normal() +
                latent_noise * of_picture.Normal();
  Embed(latent, out);
  Normalise(out, kDim);
  for (int d = 0; d < kDim; ++d) out[d] += noise * of_picture.Normal();
  Normalise(out, kDim);
}

std::uint64_t ProductVectors::ProductOf(std::size_t i) const {
  return Random(SeedOf(seed_, kPictureStream, i)).Next() % products_;
}

std::uint64_t ProductVectors::CategoryOf(std::uint64_t product) const {
  return Random(SeedOf(seed_, kProductStream, product)).Zipf() % kCategories;
}

std::vector<std::uint64_t> ProductVectors::CategoriesByProducts() const {
  std::vector<std::pair<std::int64_t, std::uint64_t>> sizes(kCategories);
  for (std::uint64_t c = 0; c < kCategories; ++c) sizes[c].second = c;
  for (std::uint64_t p = 0; p < products_; ++p) --sizes[CategoryOf(p)].first;
  std::ranges::sort(sizes);
  std::vector<std::uint64_t> order;
  for (const auto& [size, category] : sizes) order.push_back(category);
  return order;
}

std::uint64_t ProductVectors::Picture(std::size_t i, float* out) const {
  const std::uint64_t product = ProductOf(i);
  Show(product, SeedOf(seed_, kPictureStream, i) + 1, 0.25F, 0.02F, out);
  return product;
}

void ProductVectors::Query(std::size_t i, float* out) const {
  const std::uint64_t picture = SeedOf(seed_, kQueryStream, i);
  Show(Random(picture).Next() % products_, picture + 1, 0.35F, 0.03F, out);
}

std::vector<float> ProductVectors::Pictures(std::size_t from, std::size_t to) const {
  std::vector<float> values((to - from) * kDim);
  InAllCores(to - from, [&](std::size_t i) { Picture(from + i, &values[i * kDim]); });
  return values;
}

std::vector<float> ProductVectors::Queries(std::size_t count) const {
  std::vector<float> values(count * kDim);
  InAllCores(count, [&](std::size_t i) { Query(i, &values[i * kDim]); });
  return values;
}

}  // namespace snapshelf
