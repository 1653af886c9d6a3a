// SPDX-License-Identifier: Apache-2.0

// The law of an entry in closed form: its density and its distribution function are computed from different integrals,
// and are compared with each other, with moments and with the Bessel function of the standard library.

#include "rank_convergence/closed_forms.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <tuple>
#include <version>

using Catch::Approx;

namespace {

/// int g(e) p(e) de over all e for even g, with e = exp(t): a density that grows like -log e is no trouble.
template <class Function>
double integral(double rank, Function const& g) {
    constexpr double step = 0.02;
    double sum = 0;
    for (double t = -45; t < 4.5; t += step) {
        double const e = std::exp(t);
        sum += 2 * step * e * g(e) * theory::entry_density(e, rank);
    }
    return sum;
}

} // namespace

TEST_CASE("the density of an entry has mass 1, variance 1, kurtosis 3 + 6 / r", "[theory]") {
    for (double const rank : {1.0, 2.0, 3.0, 4.0, 8.0, 32.0, 128.0}) {
        CAPTURE(rank);
        CHECK(integral(rank, [](double) { return 1.0; }) == Approx(1).epsilon(1e-9));
        CHECK(integral(rank, [](double e) { return e * e; }) == Approx(1).epsilon(1e-9));
        CHECK(integral(rank, [](double e) { return std::pow(e, 4); }) ==
              Approx(theory::entry_kurtosis(rank)).epsilon(1e-9));
        CHECK(integral(rank, [](double e) { return e * e * e; }) ==
              Approx(theory::entry_absolute_third_moment(rank)).epsilon(1e-9));
    }
}

TEST_CASE("the density is the derivative of the distribution function", "[theory]") {
    for (double const rank : {1.0, 2.0, 5.0, 128.0}) {
        for (double const e : {0.05, 0.3, 1.0, 2.5, 6.0}) {
            CAPTURE(rank, e);
            double const h = 2e-4 * e;
            double const slope = (theory::entry_cdf(e + h, rank) - theory::entry_cdf(e - h, rank)) / (2 * h);
            CHECK(theory::entry_density(e, rank) == Approx(slope).epsilon(1e-4).margin(1e-12));
            CHECK(theory::entry_cdf(e, rank) + theory::entry_cdf(-e, rank) == Approx(1).epsilon(1e-14));
        }
        CHECK(theory::entry_cdf(40, rank) == Approx(1).epsilon(1e-12));
    }
}

TEST_CASE("the density in special cases", "[theory]") {
    for (double const e : {1e-300, 1e-8, 0.1, 1.0, 5.0, 20.0}) {
        CAPTURE(e);
        double const root = std::sqrt(2.0);
        CHECK(theory::entry_density(e, 2) == Approx(std::exp(-root * e) / root)); // Laplace
        CHECK(theory::entry_density(-e, 2) == theory::entry_density(e, 2));
        CHECK(theory::entry_density(e, 1e6) == Approx(theory::normal_density(e)).epsilon(1e-2).margin(1e-30));
    }
    CHECK(std::isinf(theory::entry_density(0, 1)));
    CHECK(theory::entry_density(1e-300, 1) ==
          Approx((300 * std::log(10.0) + std::log(2) - 0.5772156649) / 3.141592654));
    CHECK(theory::entry_density(0, 3) == Approx(std::sqrt(3.0) / 3.14159265359)); // z K_1(z) tends to 1
    CHECK(theory::entry_density(0, 128) == Approx(theory::entry_density(1e-6, 128)));
    CHECK(theory::entry_density(1e4, 128) == 0);
}

#if defined(__cpp_lib_math_special_functions)
TEST_CASE("the density is the Bessel function's formula", "[theory]") {
    for (double const rank : {1.0, 2.0, 3.0, 4.0, 7.0, 16.0, 33.0, 64.0, 128.0}) {
        double const nu = (rank - 1) / 2;
        for (double const e : {1e-3, 0.1, 0.5, 1.0, 3.0, 7.0, 12.0}) {
            CAPTURE(rank, e);
            double const z = std::sqrt(rank) * e;
            double const bessel = std::cyl_bessel_k(nu, z);
            double const factor = 2 * std::sqrt(rank) * std::pow(z, nu) /
                                  (std::pow(2, (rank + 1) / 2) * std::sqrt(3.14159265358979) * std::tgamma(rank / 2));
            if (std::isfinite(bessel) && bessel > 1e-290) { // the formula as it stands leaves the range of double
                CHECK(theory::entry_density(e, rank) == Approx(factor * bessel).epsilon(1e-10));
            }
        }
    }
}
#endif

TEST_CASE("Kolmogorov distances of an entry to the normal law", "[theory]") {
    for (auto const& [rank, distance, margin] : {std::tuple{1.0, 0.10753, 5e-6},
                                                 {2.0, 0.06202, 5e-6},
                                                 {4.0, 0.03331, 5e-6},
                                                 {8.0, 0.01710, 5e-6},
                                                 {16.0, 0.008605, 1e-6},
                                                 {32.0, 0.004306, 1e-6},
                                                 {64.0, 0.002152, 1e-6},
                                                 {128.0, 0.001076, 1e-6}}) {
        CAPTURE(rank);
        CHECK(theory::kolmogorov_distance(rank) == Approx(distance).margin(margin));
        bool const from_above = rank >= 16;
        CHECK((rank * theory::kolmogorov_distance(rank) > theory::kolmogorov_constant()) == from_above);
    }
    CHECK(theory::kolmogorov_constant() == Approx(0.13765).margin(5e-6));
    CHECK(4096 * theory::kolmogorov_distance(4096) == Approx(theory::kolmogorov_constant()).epsilon(1e-3));
}
