// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/host/pack.hpp>
#include <eggroll/kernels/operands.hpp>

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_adapters.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <iterator>
#include <vector>

namespace eggroll::testing {

/// The host's place with each instruction set of this CPU in turn (isa_test says which it lacks).
inline kernels::host::Thread each_instruction_set() {
    namespace host = kernels::host;
    return {GENERATE(filter(host::is_available, from_range(std::begin(host::all_isas), std::end(host::all_isas))))};
}

/// Weights with their packed form.
template <class T>
class Packed {
public:
    explicit Packed(Weights<T> const& w, bool transposed = false)
        : lines_(
              (transposed ? kernels::host::packed_bytes<T>(w.in, w.out) : kernels::host::packed_bytes<T>(w.out, w.in)) /
              sizeof(Line)),
          weights_(w) {
        kernels::host::pack(w.data, w.out, w.in, transposed, lines_.data());
        weights_.packed = lines_.data();
    }
    [[nodiscard]] Weights<T> weights() const { return weights_; }

private:
    struct alignas(kernels::host::packed_alignment) Line {
        unsigned char bytes[kernels::host::packed_alignment];
    };
    std::vector<Line> lines_;
    Weights<T> weights_;
};

} // namespace eggroll::testing
