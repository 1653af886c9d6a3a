// SPDX-License-Identifier: Apache-2.0
// The tensor-core kernels of `linear`, emulated, against double arithmetic; and that their bits depend on nothing but
// the operands.

#include "support/emulated_gpu.hpp"
#include "support/kernel_oracles.hpp"

#include <eggroll/kernels/cuda/kernels.hpp>
#include <eggroll/kernels/reference/fill.hpp>
#include <eggroll/kernels/reference/place.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::testing;

/// Where the kernels find the noise.
enum class Kind { stored, generated };

/// What rounding activations to the storage may do to each, relatively.
template <class Stored>
constexpr double rounding_of_activations = 0;
template <>
constexpr double rounding_of_activations<half> = 0x1p-11;
template <>
constexpr double rounding_of_activations<bfloat16> = 0x1p-8;

/// A case with its weights as they are stored and its noise, both in memory and as a source.
template <class Stored, class Distribution>
class LinearCase {
public:
    using Source = NoiseStream<Distribution>;

    explicit LinearCase(KernelCase const& c, std::int64_t baseline_period = 0, std::int64_t misaligned = 0)
        : case_(c), operands_(c), baseline_period_(baseline_period), misaligned_(misaligned),
          weights_(static_cast<std::size_t>(misaligned)) {
        auto const w = operands_.weights();
        for (std::int64_t n = 0; n < c.out * c.in; ++n) {
            weights_.push_back(StorageTraits<Stored>::from_real(w.data[n]));
        }
        auto const size = static_cast<std::size_t>(c.directions() * c.rank());
        a_.resize(size * static_cast<std::size_t>(c.out));
        b_.resize(size * static_cast<std::size_t>(c.in));
        kernels::reference::Place const place;
        fill(place, source_, parameter, Factor::a, first_direction, c.directions(), 0, c.rank(), c.out, a_.data());
        fill(place, source_, parameter, Factor::b, first_direction, c.directions(), 0, c.rank(), c.in, b_.data());
    }

    /// Members [begin, end), pairs and blocks whole, in one call, or the mean.
    Result<float> run(Kind kind, std::int64_t begin, std::int64_t end, bool mean = false) const {
        auto x = operands_.input();
        x.data.data = x.data.row(x.data_row(begin * case_.rows_per_member));
        auto const members = rows_of(begin);
        std::int64_t const rows = (end - begin) * case_.rows_per_member;
        std::int64_t const direction = begin / case_.members_per_direction;
        auto const scale = operands_.scale();
        Weights<Stored> const w{weights_.data() + misaligned_, case_.out, case_.in, nullptr};
        EmulatedGpu const place;
        Result<float> y(rows, case_.out, case_.padding);
        bool const shares = x.members_per_block > 1;
        LinearShape const shape{rows,   used_data_rows(x, rows), case_.in, case_.out, mean ? 0 : case_.rank(),
                                shares, sizeof(Stored)};
        std::vector<float> scratch(static_cast<std::size_t>(linear_scratch(place, shape)), NAN);
        if (mean || case_.noise == no_noise) {
            linear(place, w, x, members, NoNoise{}, scratch.data(), y.view());
        } else if (kind == Kind::stored) {
            LowRankNoise<float> const noise{a_.data() + direction * case_.rank() * case_.out,
                                            b_.data() + direction * case_.rank() * case_.in, case_.rank(), scale};
            linear(place, w, x, members, noise, scratch.data(), y.view());
        } else {
            GeneratedLowRank<Source, float> noise{};
            noise.source = source_;
            noise.parameter = parameter;
            noise.first_direction = first_direction + direction;
            noise.rank = case_.rank();
            noise.scale = scale;
            linear(place, w, x, members, noise, scratch.data(), y.view());
        }
        return y;
    }

    /// In double, from the weights as they are stored. Tolerances: float sums (as in expected_linear, 4 roundings more
    /// for products of split operands, fragment_product.hpp), and the rounding of activations.
    Expected expected(bool mean = false) const {
        auto const x = operands_.input();
        auto const members = rows_of(0);
        int const rank = mean ? 0 : case_.rank();
        double const roundings = static_cast<double>(case_.in + rank * (case_.in + 2) + 6);
        Expected expected{case_.out, {}, {}};
        for (std::int64_t row = 0; row < case_.rows(); ++row) {
            float const* const features = x.data.row(x.data_row(row));
            double const factor = static_cast<double>(operands_.scale().factor) * members.sign(row);
            for (std::int64_t i = 0; i < case_.out; ++i) {
                double sum = 0;
                double absolute = 0;
                double products = 0;
                for (std::int64_t j = 0; j < case_.in; ++j) {
                    auto const feature = static_cast<double>(features[j]);
                    auto const stored = weights_[static_cast<std::size_t>(misaligned_ + i * case_.in + j)];
                    double weight = static_cast<double>(StorageTraits<Stored>::to_real(stored));
                    products += std::abs(feature * weight);
                    for (int k = 0; k < rank; ++k) {
                        std::int64_t const column = members.direction(row) * rank + k;
                        double const e = factor *
                                         static_cast<double>(a_[static_cast<std::size_t>(column * case_.out + i)]) *
                                         static_cast<double>(b_[static_cast<std::size_t>(column * case_.in + j)]);
                        weight += e;
                        absolute += std::abs(feature * e);
                    }
                    sum += feature * weight;
                }
                expected.values.push_back(sum);
                expected.tolerances.push_back(2 * roundings * 0x1p-24 * (absolute + products) +
                                              rounding_of_activations<Stored> * products);
            }
        }
        return expected;
    }

private:
    static constexpr std::uint32_t parameter = 5;
    static constexpr std::int64_t first_direction = 1000;

    MemberRows rows_of(std::int64_t begin) const {
        return {case_.rows_per_member, case_.members_per_direction, begin, baseline_period_};
    }

    KernelCase case_;
    KernelOperands<float> operands_;
    std::int64_t baseline_period_;
    std::int64_t misaligned_; // elements before the weights
    Source source_{Seed(3).key(), 2, NoiseDomain::perturbation};
    std::vector<Stored> weights_;
    std::vector<float> a_; // (direction, component, out)
    std::vector<float> b_; // (direction, component, in)
};

template <class D, class S>
struct Types {
    using Distribution = D;
    using Stored = S;
};

template <class Case>
void check(Case const& linear_case, KernelCase const& c) {
    INFO(c);
    auto const expected = linear_case.expected();
    for (Kind const kind : {Kind::stored, Kind::generated}) {
        CAPTURE(static_cast<int>(kind));
        auto const y = linear_case.run(kind, 0, c.members);
        CHECK(first_difference(y, expected) == -1);
        CHECK(y.intact());
    }
}

/// `every` of all cases that have noise of low rank or none.
std::vector<KernelCase> low_rank_cases(int every) {
    auto cases = kernel_cases(every);
    std::erase_if(cases, [](KernelCase const& c) { return c.noise == full_rank; });
    return cases;
}

TEMPLATE_TEST_CASE("tensor cores multiply by the perturbed matrix", "", (Types<Gaussian, float>),
                   (Types<Gaussian, half>), (Types<Rademacher, bfloat16>), (Types<FixedPointGaussian, bfloat16>)) {
    for (KernelCase const& c : low_rank_cases(31)) {
        check(LinearCase<typename TestType::Stored, typename TestType::Distribution>(c), c);
    }
}

/// Shapes with more than one large tile, with rows that share noise or don't; 6 members to a block of rows.
std::vector<KernelCase> tall_cases() {
    return {// out, in, rank, members, rows of each, members per block, per direction, padding
            {130, 40, 1, 140, 1, 1, 2, 0}, // pairs in one lane
            {70, 33, 4, 71, 1, 1, 2, 1},   // the last pair has one member
            {40, 24, 2, 131, 1, 1, 1, 0},  // no pairs
            {136, 72, 5, 10, 16, 1, 2, 0}, // rows that share noise, tiles that begin within a member
            {136, 24, 2, 30, 9, 1, 1, 2},  // the same without pairs
            {70, 40, 2, 24, 3, 6, 2, 0},   // inputs shared by groups
            {20, 40, 1, 8, 5, Input<float>::whole_slice, 2, 0}};
}

TEMPLATE_TEST_CASE("tensor cores multiply tall inputs", "", (Types<Gaussian, float>), (Types<Rademacher, half>)) {
    for (KernelCase const& c : tall_cases()) {
        check(LinearCase<typename TestType::Stored, typename TestType::Distribution>(c, 6), c);
    }
}

TEST_CASE("all warps of a block project long rows") {
    for (KernelCase const& c : {KernelCase{4, 2100, 5, 5, 1, 1, 2, 1}, KernelCase{4, 2100, 1, 2, 3, 1, 1, 0}}) {
        check(LinearCase<bfloat16, Gaussian>(c), c);
        check(LinearCase<half, Rademacher>(c), c);
    }
}

TEMPLATE_TEST_CASE("rows that are not aligned to 16 bytes give the same", "", float, half) {
    KernelCase const c{40, 24, 2, 10, 1, 1, 2, 0};
    LinearCase<TestType, Gaussian> const aligned(c);
    LinearCase<TestType, Gaussian> const misaligned(c, 0, 3);
    check(misaligned, c);
    CHECK(aligned.run(Kind::generated, 0, 10) == misaligned.run(Kind::generated, 0, 10));
}

TEST_CASE("the bits of a result don't depend on how the members are cut") {
    for (KernelCase const& c : tall_cases()) {
        INFO(c);
        LinearCase<bfloat16, Gaussian> const linear_case(c, 6);
        std::int64_t const cut = c.members_per_block >= c.members ? 4 : 6;
        for (Kind const kind : {Kind::stored, Kind::generated}) {
            auto const all = values(linear_case.run(kind, 0, c.members));
            auto first = values(linear_case.run(kind, 0, cut));
            auto const second = values(linear_case.run(kind, cut, c.members));
            first.insert(first.end(), second.begin(), second.end());
            CHECK(first == all);
        }
    }
}

TEST_CASE("regenerated noise gives the bits of stored noise") {
    for (KernelCase const& c : tall_cases()) {
        LinearCase<bfloat16, Gaussian> const linear_case(c);
        CHECK(linear_case.run(Kind::generated, 0, c.members) == linear_case.run(Kind::stored, 0, c.members));
    }
}

TEST_CASE("members without noise have the mean's bits") {
    KernelCase const c{40, 24, 2, 12, 2, 1, 2, 0};
    LinearCase<bfloat16, Gaussian> const linear_case(c, 2); // every direction is a baseline
    auto const mean = linear_case.run(Kind::generated, 0, c.members, true);
    CHECK(linear_case.run(Kind::generated, 0, c.members) == mean);
    CHECK(first_difference(mean, linear_case.expected(true)) == -1);
}

} // namespace
