// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/advance_step.hpp>
#include <eggroll/kernels/cuda/on.hpp>
#include <eggroll/kernels/step.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// body(step) for step = 0 .. count - 1. `number` is room for one in the device's memory.
///
/// The first step runs as it is: it generates what is generated when first asked for, and loads kernels. The second is
/// recorded and then replayed, if may_record() says so after the first (arrays must stay where they are) and this isn't
/// itself a step that is being recorded. So `body` is called once, twice or `count` times: it may only launch.
///
/// It is recorded anew each time, because kernels' arguments (noise keys, sizes, addresses) change with every
/// generation and chunk. Recording calls the driver once for each launch and changing the last graph to it once again,
/// so it is counted as two steps' launches (not measured): of four steps on it pays, of 100 it costs 2 %.
template <class Launcher, class MayRecord, class Body>
void repeat(On<Launcher> const& place, typename Launcher::graph_type& graph, std::int64_t* number, std::int64_t count,
            MayRecord const& may_record, Body const& body) {
    if (count <= 0) {
        return;
    }
    constexpr std::int64_t fewest = 4;
    Step const step = place.launcher.step(number);
    auto const run = [&] {
        body(step);
        launch(place, "eggroll::step", 1, 0, AdvanceStep{number, 0});
    };
    launch(place, "eggroll::step", 1, 0, AdvanceStep{number, 1});
    run();
    if (count < fewest || graph.recording() || !may_record()) {
        for (std::int64_t index = 1; index < count; ++index) {
            run();
        }
        return;
    }
    graph.record(place.space, run);
    graph.replay(place.space, count - 1);
}

} // namespace eggroll::kernels::cuda
