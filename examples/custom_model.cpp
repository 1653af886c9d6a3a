// SPDX-License-Identifier: Apache-2.0
// A model of one's own: a residual network, written once against Members. The same source runs every perturbation on
// every route; what the library has no operation for is a functor given to members.for_each.
// docs/policies.md, "Models", says what a model needs.

#include "sine.hpp"

/// y += h, a row at a time.
struct AddRow {
    eggroll::Array2<float const> h; // (row, width)
    eggroll::Array2<float> y;       // (row, width)
    KOKKOS_FUNCTION void operator()(std::int64_t row) const {
        for (std::int64_t i = 0; i < y.columns; ++i) {
            y(row, i) += h(row, i);
        }
    }
};

struct ResidualNetwork {
    using storage_type = float;
    static constexpr std::int64_t width = 24;

    eggroll::ParameterLayout layout; // filled by the handles below, in their order
    eggroll::Matrix entry = layout.matrix("entry.weight", width, 1);
    eggroll::Vector entry_bias = layout.vector("entry.bias", width);
    eggroll::Matrix block[2] = {layout.matrix("block0.weight", width, width),
                                layout.matrix("block1.weight", width, width)};
    eggroll::Vector block_bias[2] = {layout.vector("block0.bias", width), layout.vector("block1.bias", width)};
    eggroll::Matrix exit = layout.matrix("exit.weight", 1, width);

    /// x (row, 1), rows grouped by member -> (row, 1)
    template <class Members, class X>
    eggroll::Array2<float> forward(Members const& members, X const& x) const {
        auto const y = members.linear(entry, entry_bias, x); // (row, width), in the slice's scratch
        members.tanh(y);
        for (int i = 0; i < 2; ++i) {
            auto const h = members.linear(block[i], block_bias[i], y);
            members.tanh(h);
            members.for_each(y.rows, AddRow{h, y});
        }
        return members.linear(exit, y);
    }
};

int main(int argc, char** argv) {
    Kokkos::ScopeGuard kokkos(argc, argv);
    eggroll::EvolutionStrategy es{ResidualNetwork{},
                                  eggroll::LowRank<4>{.sigma = 0.05F},
                                  eggroll::Adam{.learning_rate = eggroll::Schedule::exponential(0.03, 0.99)},
                                  {.population = 512, .seed = 7}};
    return fit_sine(es, 0.02);
}
