// SPDX-License-Identifier: Apache-2.0
// What host_linear_test's shapes don't reach of AMX; where the CPU has none, its instructions are interpreted.

#include "support/host_linear_checks.hpp"
#include "support/interpreted_amx.hpp"
#include "support/kernel_cases.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>

#if defined(EGGROLL_HAS_X86_TARGETS) && defined(__linux__)

namespace {

namespace host = eggroll::kernels::host;
using namespace eggroll::testing;

/// AMX, the CPU's own or interpreted.
class Amx {
public:
    Amx() {
        if (!host::is_available(host::Isa::vnni)) {
            SKIP("this CPU has no vnni, which takes what fills no tile");
        }
    }
    ~Amx() {
        CHECK(!machine().configured);
        if (machine().error != nullptr) {
            FAIL_CHECK(machine().error);
        }
    }
    Amx(Amx const&) = delete;
    Amx& operator=(Amx const&) = delete;

    static constexpr host::Thread thread{host::Isa::amx};
    [[nodiscard]] AmxMachine const& machine() const { return interpreted_.machine(); }

private:
    InterpretedAmx interpreted_;
};

} // namespace

TEST_CASE("AMX's products equal the reference", "[host][amx]") {
    Amx const amx;
    for (KernelCase c : kernel_cases(7)) {
        c.members *= 6;
        check_linear<std::int8_t>(amx.thread, c);
    }
    for (KernelCase c : kernel_cases(29)) {
        c.members *= 6;
        check_linear_transposed<std::int8_t>(amx.thread, c);
    }
}

TEST_CASE("AMX's products are exact at the limits of int8", "[host][amx]") {
    Amx const amx;
    for (KernelCase c : extreme_cases()) {
        c.members = 8;
        check_linear<std::int8_t>(amx.thread, c);
    }
}

TEST_CASE("AMX's products meet every remainder of rows, inputs and outputs", "[host][amx]") {
    Amx const amx;
    for (std::int64_t rows = 1; rows <= 70; ++rows) {
        check_linear<std::int8_t>(amx.thread, {33, 70, 1, 1, rows, 1, 2, rows % 3});
    }
    for (std::int64_t in = 1; in <= 200; ++in) {
        check_linear<std::int8_t>(amx.thread, {18, in, 1, 33, 1, 1, 2, in % 4});
    }
    for (std::int64_t out = 1; out <= 130; ++out) {
        check_linear<std::int8_t>(amx.thread, {out, 68, 1, 16, 3});
    }
    check_linear<std::int8_t>(amx.thread, {130, 100, 2, 100, 2}); // more than two panels of rows
}

TEST_CASE("AMX's products read nothing beyond their operands", "[host][amx]") {
    Amx const amx;
    for (std::int64_t const in : {60, 61, 63, 64, 65, 67, 127, 130}) {
        for (std::int64_t const members : {16, 32, 49}) {
            check_guarded_linear<std::int8_t>(amx.thread, {67, in, 1, members, 1});
        }
    }
}

TEST_CASE("AMX takes all that fills a tile", "[host][amx]") {
    Amx const amx;
    if (host::is_available(host::Isa::amx)) {
        SKIP("this CPU's own AMX counts nothing");
    }
    check_linear<std::int8_t>(amx.thread, {80, 130, 1, 50, 1});
    std::int64_t const all = 5 * 3 * 3; // blocks of outputs, steps of inputs, tiles of rows
    CHECK(amx.machine().products == all);
    check_linear<std::int8_t>(amx.thread, {16, 61, 1, 16, 1});
    CHECK(amx.machine().products == all + 1);
    check_linear<std::int8_t>(amx.thread, {16, 60, 1, 16, 1});
    check_linear<std::int8_t>(amx.thread, {16, 61, 1, 15, 1});
    CHECK(amx.machine().products == all + 1);
}

#endif
