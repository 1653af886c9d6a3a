// SPDX-License-Identifier: Apache-2.0

#include <eggroll/members/slice_plan.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

using eggroll::slice_size_at;
using eggroll::SlicePlan;

namespace {

std::vector<std::int64_t> sizes(SlicePlan const& plan) {
    std::vector<std::int64_t> sizes;
    for (std::int64_t index = 0; index < plan.count(); ++index) {
        sizes.push_back(plan[index].size);
    }
    return sizes;
}

using Sizes = std::vector<std::int64_t>;

} // namespace

TEST_CASE("slices are whole groups, or parts of one", "[slice_plan]") {
    CHECK(sizes({64, 16, 2, 16}) == Sizes{16, 16, 16, 16});
    CHECK(sizes({64, 16, 2, 40}) == Sizes{32, 32});
    CHECK(sizes({64, 16, 2, 1000}) == Sizes{64});
    CHECK(sizes({48, 16, 2, 40}) == Sizes{32, 16});
    CHECK(sizes({32, 16, 2, 6}) == Sizes{6, 6, 4, 6, 6, 4});
    CHECK(sizes({16, 16, 2, 5}) == Sizes{6, 6, 4}); // pairs stay together
    CHECK(sizes({8, 8, 2, 1}) == Sizes{2, 2, 2, 2});
    CHECK(sizes({8, 8, 2, 0}) == Sizes{2, 2, 2, 2});
    CHECK(sizes({5, 5, 1, 2}) == Sizes{2, 2, 1});
    INFO("evaluating the mean: groups of one");
    CHECK(sizes({5, 1, 2, 64}) == Sizes{5});
    CHECK(sizes({5, 1, 2, 2}) == Sizes{2, 2, 1});
}

TEST_CASE("slices cover the population once, in order", "[slice_plan]") {
    for (std::int64_t const per_direction : {1, 2}) {
        for (std::int64_t group = per_direction; group <= 12; group += per_direction) {
            for (std::int64_t groups = 1; groups <= 5; ++groups) {
                for (std::int64_t target = 0; target <= 70; ++target) {
                    CAPTURE(per_direction, group, groups, target);
                    SlicePlan const plan(group * groups, group, per_direction, target);
                    std::int64_t next = 0;
                    bool well_cut = true;
                    for (std::int64_t index = 0; index < plan.count(); ++index) {
                        auto const [begin, size] = plan[index];
                        well_cut = well_cut && begin == next && size > 0 && begin % per_direction == 0;
                        // Whole groups, or within one.
                        well_cut = well_cut && ((begin % group == 0 && size % group == 0) ||
                                                begin / group == (begin + size - 1) / group);
                        well_cut = well_cut && size <= std::max(target + per_direction - 1, per_direction);
                        next = begin + size;
                    }
                    // One after another they are the same.
                    next = 0;
                    for (std::int64_t index = 0; next < group * groups; ++index) {
                        auto const size = slice_size_at(next, group * groups, group, per_direction, target);
                        well_cut = well_cut && size == plan[index].size;
                        next += size;
                    }
                    REQUIRE(well_cut);
                    REQUIRE(next == group * groups);
                }
            }
        }
    }
}
