// SPDX-License-Identifier: Apache-2.0
// What the program trains on a device is what it trains on the host's threads: the same integers, losses and text.

#include "support/emulated_gpu.hpp"
#include "support/temporary_directory.hpp"

#include <pretrain/trainer.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <tuple>
#include <vector>

namespace {

/// Losses of two generations, validation, a sample, and the parameters' hash.
template <class Execution>
auto results(eggroll::tasks::TextCorpus const& corpus, Execution const& execution) {
    pretrain::Settings settings;
    settings.population = 16;
    settings.layers = 1;
    settings.width = 16;
    settings.tokens_per_update = 6;
    settings.group_size = 4;
    pretrain::Trainer<Execution> trainer(settings, corpus, 40, execution);
    std::vector<double> losses;
    for (int generation = 0; generation < 2; ++generation) {
        auto const loss = trainer.step();
        losses.insert(losses.end(), {loss.exact, loss.table});
    }
    losses.push_back(trainer.validate());
    return std::tuple{losses, trainer.sample(12), trainer.parameter_hash()};
}

} // namespace

TEST_CASE("pretrain gives the same numbers on every device") {
    eggroll_test::TemporaryDirectory const directory;
    std::string text;
    for (int i = 0; i < 200; ++i) {
        text += "line " + std::to_string(i) + '\n';
    }
    eggroll::tasks::TextCorpus const corpus(directory.write("text.txt", text));
    auto const expected = results(corpus, eggroll::HostSlices<>{});
    CHECK(results(corpus, eggroll::WholePopulation<Kokkos::DefaultHostExecutionSpace>{}) == expected);
    CHECK(results(corpus, eggroll::WholePopulation<Kokkos::Serial, eggroll::testing::EmulatedGpu>{}) == expected);
}
