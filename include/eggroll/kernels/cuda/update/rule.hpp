// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How kernels hand sums to a rule. Any rule has operator()(element, sum). One that also says what it reads,
///     using loaded_type = ...;
///     loaded_type load(std::int64_t element) const;
///     double apply(std::int64_t element, loaded_type const&, Sum sum) const;      // the element's change
///     Tally* total() const;                                                      // to which all changes are added
/// gets the loads of several elements under way before the first store: a compiler can't know that the arrays of an
/// optimizer don't overlap, and one element at a time a GPU would wait for its memory. Changes are summed by block, and
/// blocks in their order.

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>
#include <eggroll/kernels/operands_update.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::cuda {

template <class Rule>
concept loading_rule = requires(Rule const& rule, typename Rule::loaded_type const& loaded) {
    { rule.load(std::int64_t{}) } -> std::same_as<typename Rule::loaded_type>;
    { rule.total() } -> std::same_as<Tally*>;
};

/// The rule for elements element(i) with sums sum(i), i < count, where valid(i).
template <int count, class Rule, class Valid, class Element, class Sum>
KOKKOS_FORCEINLINE_FUNCTION void apply_rule(Rule const& rule, Valid const& valid, Element const& element,
                                            Sum const& sum, [[maybe_unused]] Tally& tally) {
    if constexpr (loading_rule<Rule>) {
        typename Rule::loaded_type loaded[count];
        unrolled<count>([&](int i) {
            if (valid(i)) {
                loaded[i] = rule.load(element(i));
            }
        });
        unrolled<count>([&](int i) {
            if (valid(i)) {
                double const change = rule.apply(element(i), loaded[i], sum(i));
                tally.moved += change != 0.0 ? 1 : 0;
                tally.squares += change * change;
            }
        });
    } else {
        unrolled<count>([&](int i) {
            if (valid(i)) {
                rule(element(i), sum(i));
            }
        });
    }
}

/// The sum of the tallies of a block's threads, in thread 0, in one order. `of_warp` is shared memory.
template <int threads, class Block>
KOKKOS_FUNCTION Tally sum_of_block(Block& block, Tally tally, Tally* of_warp) {
    for (int mask = 16; mask > 0; mask /= 2) {
        tally.moved += block.shuffle_xor(tally.moved, mask);
        tally.squares += block.shuffle_xor(tally.squares, mask);
    }
    block.synchronize(); // the memory may have been something else
    if (block.lane() == 0) {
        of_warp[block.warp()] = tally;
    }
    block.synchronize();
    for (int warp = 1; warp < threads / 32; ++warp) {
        tally.moved += of_warp[warp].moved;
        tally.squares += of_warp[warp].squares;
    }
    return tally;
}

/// Adds the tallies of a launch's blocks to the total, in one order; one block.
struct AddTallies {
    static constexpr int threads = 256;
    static constexpr std::size_t shared_bytes = threads / 32 * sizeof(Tally);

    Tally const* of_block; // (block)
    std::int64_t count;
    Tally* total;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        Tally tally;
        for (std::int64_t i = block.thread(); i < count; i += threads) {
            tally.moved += of_block[i].moved;
            tally.squares += of_block[i].squares;
        }
        tally = sum_of_block<threads>(block, tally, reinterpret_cast<Tally*>(block.shared()));
        if (block.thread() == 0) {
            total->moved += tally.moved;
            total->squares += tally.squares;
        }
    }
};

/// Ends a kernel's block that applied a rule: keeps its tally for AddTallies.
template <class Rule, int threads, class Block>
KOKKOS_FORCEINLINE_FUNCTION void keep_tally(Block& block, [[maybe_unused]] Tally const& tally,
                                            [[maybe_unused]] Tally* of_block) {
    if constexpr (loading_rule<Rule>) {
        Tally const sum = sum_of_block<threads>(block, tally, reinterpret_cast<Tally*>(block.shared()));
        if (block.thread() == 0) {
            of_block[block.index()] = sum;
        }
    }
}

} // namespace eggroll::kernels::cuda
