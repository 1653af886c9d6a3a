// SPDX-License-Identifier: Apache-2.0
// The parts of the program digits: files, rewards, batches.

#include <data.hpp>
#include <objective.hpp>
#include <recipes.hpp>

#include <support/temporary_directory.hpp>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cmath>
#include <set>

using namespace digits;
using eggroll_test::TemporaryDirectory;

namespace {

/// Writes a gzip IDX file.
void write_idx(std::filesystem::path const& path, std::vector<std::uint8_t> const& shape,
               std::vector<std::uint8_t> const& values) {
    std::vector<std::uint8_t> bytes = {0, 0, 8, static_cast<std::uint8_t>(shape.size())};
    for (std::uint8_t const extent : shape) {
        bytes.insert(bytes.end(), {0, 0, 0, extent});
    }
    bytes.insert(bytes.end(), values.begin(), values.end());
    gzFile file = gzopen(path.string().c_str(), "wb");
    REQUIRE(file != nullptr);
    REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
    REQUIRE(gzclose(file) == Z_OK);
}

double score(Reward reward, std::vector<float> const& outputs, std::vector<std::uint8_t> const& labels) {
    double fitness = 0;
    auto const digits = static_cast<std::int64_t>(labels.size());
    Score{{outputs.data(), digits, classes, classes}, labels.data(), digits, reward, {&fitness}}(0);
    return fitness;
}

} // namespace

TEST_CASE("a gzip IDX file is read as it was written", "[digits]") {
    TemporaryDirectory const directory;
    auto const path = directory.path() / "a.gz";
    write_idx(path, {2, 1, 3}, {0, 1, 2, 253, 254, 255});
    Idx const idx = read_idx(path, 3);
    CHECK(idx.shape == std::vector<std::size_t>{2, 1, 3});
    CHECK(idx.values == std::vector<std::uint8_t>{0, 1, 2, 253, 254, 255});
}

TEST_CASE("every prefix of an IDX file is refused", "[digits]") {
    TemporaryDirectory const directory;
    auto const path = directory.path() / "a.gz";
    write_idx(path, {2, 1, 3}, {0, 1, 2, 253, 254, 255});
    for (std::uintmax_t size = std::filesystem::file_size(path); size-- > 0;) {
        std::filesystem::resize_file(path, size);
        CAPTURE(size);
        CHECK_THROWS_MATCHES(read_idx(path, 3), eggroll::Error,
                             Catch::Matchers::MessageMatches(Catch::Matchers::ContainsSubstring("docs/recipes.md")));
    }
}

TEST_CASE("without training files, four fifths of the test set are learned from", "[digits]") {
    TemporaryDirectory const directory;
    std::vector<std::uint8_t> const ink = {0, 255, 51, 0, 0, 0, 0, 0, 0, 0};
    write_idx(directory.path() / "t10k-images-idx3-ubyte.gz", {5, 1, 2}, ink);
    write_idx(directory.path() / "t10k-labels-idx1-ubyte.gz", {5}, {3, 1, 4, 1, 5});
    Split split = read_split(directory.path());
    CHECK(split.train.labels == std::vector<std::uint8_t>{3, 1, 4, 1});
    CHECK(split.held_out.labels == std::vector<std::uint8_t>{5});
    CHECK(split.train.rows()(0, 1) == 1.0F);
    CHECK(split.train.rows()(1, 0) == 0.2F);

    write_idx(directory.path() / "train-images-idx3-ubyte.gz", {1, 1, 2}, {0, 0});
    write_idx(directory.path() / "train-labels-idx1-ubyte.gz", {1}, {9});
    split = read_split(directory.path());
    CHECK(split.train.labels == std::vector<std::uint8_t>{9});
    CHECK(split.held_out.size() == 5);
}

TEST_CASE("rewards of two digits by hand", "[digits]") {
    std::vector<float> const outputs = {0, 1, 0, 0, 0, 0, 0, 0, 0, 0,  // says 1
                                        0, 0, 0, 0, 0, 2, 0, 0, 0, 0}; // says 5
    CHECK(score(Reward::accuracy, outputs, {1, 5}) == 1.0);
    CHECK(score(Reward::accuracy, outputs, {1, 4}) == 0.5);
    CHECK(score(Reward::squared_error, outputs, {1, 5}) == -0.5);           // 0 and (2 - 1)^2
    CHECK(score(Reward::squared_error, outputs, {2, 5}) == -(2 + 1) / 2.0); // 1 + 1
    double const first = 1 - std::log(9 + std::exp(1.0));
    double const second = 0 - std::log(9 + std::exp(2.0));
    CHECK(score(Reward::log_likelihood, outputs, {1, 4}) == Catch::Approx((first + second) / 2).epsilon(1e-6));
    std::vector<float> large = outputs;
    large[1] = 1e4F; // exp of it is beyond float
    CHECK(score(Reward::log_likelihood, large, {1, 4}) == Catch::Approx(second / 2).epsilon(1e-6));
    large[1] = NAN;
    CHECK(std::isnan(score(Reward::log_likelihood, large, {1, 4}))); // a failed member
}

TEST_CASE("a batch depends on seed and generation alone, and takes digits evenly", "[digits]") {
    Digits all{1, {}, {}};
    for (int i = 0; i < 10; ++i) {
        all.images.push_back(static_cast<float>(i));
        all.labels.push_back(static_cast<std::uint8_t>(i));
    }
    std::int64_t constexpr size = 1000;
    auto const drawn = [&](std::uint64_t seed, std::uint64_t generation) {
        Batch batch(all, size, seed);
        batch.draw(generation + 1);
        batch.draw(generation);
        std::vector<int> labels(batch.labels(), batch.labels() + size);
        for (std::int64_t i = 0; i < size; ++i) {
            CHECK(batch.images()(i, 0) == static_cast<float>(labels[static_cast<std::size_t>(i)]));
        }
        return labels;
    };
    auto const labels = drawn(1, 5);
    CHECK(labels == drawn(1, 5));
    CHECK(labels != drawn(2, 5));
    CHECK(labels != drawn(1, 6));
    for (int label = 0; label < 10; ++label) {
        // 100 expected with deviation 9.5: beyond 6 deviations, one false alarm in 5e7.
        CHECK(std::abs(std::count(labels.begin(), labels.end(), label) - 100) < 57);
    }
}

TEST_CASE("recipes have names of their own", "[digits]") {
    std::set<std::string> names;
    for (auto const& known : recipes()) {
        CHECK(names.insert(known.name).second);
        CHECK(recipe(known.name).what == known.what);
    }
    CHECK_THROWS_AS(recipe("none"), eggroll::Error);
}
