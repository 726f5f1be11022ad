#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace snapshelf {

/// Product-like embeddings of 256 values, as many as wanted: categories (Zipf), products in them,
/// about six pictures a product; 48 latent dimensions through a fixed random two-layer network, a
/// little noise, unit length. Queries are noisier pictures of existing products. Picture i is the
/// same whenever and wherever it is made, so sets of any size need no storage.
class ProductVectors {
 public:
  static constexpr int kDim = 256;

  /// A catalog of `count` pictures.
  explicit ProductVectors(std::size_t count, std::uint64_t seed = 1);

  /// Writes picture `i` ([kDim]) and returns its product.
  std::uint64_t Picture(std::size_t i, float* out) const;
  /// Writes query `i` ([kDim]).
  void Query(std::size_t i, float* out) const;

  /// Pictures [from, to), made in all cores; row-major.
  [[nodiscard]] std::vector<float> Pictures(std::size_t from, std::size_t to) const;
  [[nodiscard]] std::vector<float> Queries(std::size_t count) const;
  [[nodiscard]] std::uint64_t ProductOf(std::size_t i) const;
  [[nodiscard]] std::uint64_t products() const { return products_; }
  [[nodiscard]] std::uint64_t CategoryOf(std::uint64_t product) const;
  /// All categories, the one with the most products first.
  [[nodiscard]] std::vector<std::uint64_t> CategoriesByProducts() const;

 private:
  static constexpr int kLatent = 48;
  static constexpr int kHidden = 512;
  static constexpr int kCategories = 1000;

  void Show(std::uint64_t product, std::uint64_t picture, float latent_noise, float noise,
            float* out) const;
  void Embed(const float* latent, float* out) const;

  std::uint64_t seed_;
  std::uint64_t products_;
  std::vector<float> first_layer_;   // [kLatent, kHidden]
  std::vector<float> second_layer_;  // [kHidden, kDim]
  std::vector<float> categories_;    // [kCategories, kLatent]
  std::vector<float> mean_ = std::vector<float>(kDim);
};

}  // namespace snapshelf
