// SPDX-License-Identifier: Apache-2.0

#include "support/emulated_gpu.hpp"

#include <eggroll/kernels/cuda/kernels.hpp>
#include <eggroll/kernels/reference/fill.hpp>
#include <eggroll/kernels/reference/place.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::testing;

template <class D, class S>
struct Case {
    using Distribution = D;
    using Stored = S;
};

TEMPLATE_TEST_CASE("the emulated GPU fills what the reference fills", "", (Case<Gaussian, float>),
                   (Case<Rademacher, float>), (Case<FixedPointGaussian, std::int8_t>),
                   (Case<FixedPointGaussian, float>)) {
    using T = typename TestType::Stored;
    NoiseStream<typename TestType::Distribution> const source{Seed(11).key(), 3, NoiseDomain::perturbation};
    std::int64_t const length = GENERATE(1, 7, 32, 64, 100, 257);
    std::int64_t const columns = GENERATE(1, 3);
    std::int64_t const directions = 5;
    auto const size = static_cast<std::size_t>(directions * columns * length);
    std::vector<T> expected(size);
    std::vector<T> found(size + 1, T{77});
    fill(kernels::reference::Place{}, source, 9, Factor::b, 1000, directions, 2, columns, length, expected.data());
    fill(EmulatedGpu{}, source, 9, Factor::b, 1000, directions, 2, columns, length, found.data());
    CHECK(found.back() == T{77});
    found.pop_back();
    CHECK(found == expected);
}

} // namespace
