// SPDX-License-Identifier: Apache-2.0
#include <eggroll/kernels/host/isa.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace {

using namespace eggroll::kernels::host;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

} // namespace

TEST_CASE("An instruction set is chosen by its name", "[isa]") {
    for (Isa const isa : all_isas) {
        CHECK(parse_isa(name(isa), Isa::amx) == isa);
    }
}

TEST_CASE("A name that is unknown, or beyond the CPU, is refused with the choices", "[isa]") {
    CHECK_THROWS_MATCHES(parse_isa("sse9", Isa::avx2), eggroll::Error,
                         MessageMatches(ContainsSubstring("'sse9'") && ContainsSubstring("scalar, avx2.")));
    CHECK_THROWS_MATCHES(parse_isa("vnni", Isa::avx512), eggroll::Error,
                         MessageMatches(ContainsSubstring("'vnni'") && ContainsSubstring("scalar, avx2, avx512.")));
    CHECK_THROWS_MATCHES(
        parse_isa("amx", Isa::vnni), eggroll::Error,
        MessageMatches(ContainsSubstring("'amx'") && ContainsSubstring("scalar, avx2, avx512, vnni.")));
    CHECK_THROWS_AS(parse_isa("", Isa::amx), eggroll::Error);
}

TEST_CASE("The default is one that the CPU has", "[isa]") {
    CHECK(is_available(Isa::scalar));
    CHECK(is_available(selected_isa()));
}

TEST_CASE("Tests of kernels meet every instruction set", "[isa]") {
    for (Isa const isa : all_isas) {
        if (!is_available(isa)) {
            SKIP("this CPU has no " << name(isa));
        }
    }
}
