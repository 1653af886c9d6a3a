// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A perturbation whose noise was recorded: the golden vectors give the factors of every pair, so no generator is
/// involved. Also shows what a perturbation of one's own takes (concepts.hpp).

#include <eggroll/error.hpp>
#include <eggroll/io/safetensors.hpp>
#include <eggroll/perturbation/plan.hpp>
#include <eggroll/random/noise.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace eggroll::testing {

/// The recorded noise of one parameter: A and B of a matrix, u1 and u2 of a vector.
struct RecordedFactors {
    std::int8_t const* first = nullptr;  // (direction, length)
    std::int8_t const* second = nullptr; // (direction, length)
};

/// The noise source of one generation; rank 1, so there is one column.
struct RecordedSource {
    using value_type = std::int8_t;
    RecordedFactors const* parameters = nullptr; // by parameter id

    KOKKOS_FUNCTION std::int8_t value(std::uint32_t parameter, Factor factor, std::int64_t direction, std::int64_t,
                                      std::int64_t length, std::int64_t element) const {
        RecordedFactors const& factors = parameters[parameter];
        return (factor == Factor::b ? factors.second : factors.first)[direction * length + element];
    }
};

/// Rank-1 noise for matrices, products of two factors for vectors, sigma = 2^-sigma_shift, one recording for each
/// generation; after the last one it stays the same. Without a recording only the mean can be evaluated.
template <class MemorySpace>
class RecordedNoise {
public:
    using source_type = RecordedSource;
    static constexpr NoiseKind matrix_noise = NoiseKind::low_rank;
    static constexpr bool antithetic = true;

    explicit RecordedNoise(int sigma_shift) : sigma_(std::exp2(-sigma_shift)) {}

    /// The next generation's noise: tensors `prefix`<parameter>.A, .B, .u1, .u2 for `directions` pairs.
    void record(io::SafetensorsFile const& file, std::string const& prefix, ParameterLayout const& layout,
                std::int64_t directions) {
        Recording recording;
        auto const factors =
            Kokkos::create_mirror_view(recording.factors = factor_view("recorded factors", layout.parameters().size()));
        for (std::size_t id = 0; id < layout.parameters().size(); ++id) {
            auto const& info = layout.parameters()[id];
            bool const is_vector = info.kind == ParameterKind::vector;
            std::string const name = prefix + info.name;
            factors(id).first =
                keep(recording, file, name + (is_vector ? ".u1" : ".A"), directions * (is_vector ? info.in : info.out));
            factors(id).second = keep(recording, file, name + (is_vector ? ".u2" : ".B"), directions * info.in);
        }
        Kokkos::deep_copy(recording.factors, factors);
        recordings_.push_back(std::move(recording));
    }

    source_type source(Seed, std::uint64_t generation) const {
        if (recordings_.empty()) {
            return {};
        }
        std::uint64_t const last = recordings_.size() - 1;
        return {recordings_[static_cast<std::size_t>(std::min(generation, last))].factors.data()};
    }

    std::vector<ParameterPlan> plan(ParameterLayout const& layout) const {
        std::vector<ParameterPlan> plans; // by parameter id
        for (auto const& info : layout.parameters()) {
            bool const is_vector = info.kind == ParameterKind::vector;
            plans.push_back({is_vector ? NoiseKind::product : NoiseKind::low_rank, 1, sigma_, {}});
        }
        return plans;
    }

private:
    using factor_view = Kokkos::View<RecordedFactors*, MemorySpace>;
    using noise_view = Kokkos::View<std::int8_t*, MemorySpace>;
    struct Recording {
        factor_view factors;            // (parameter)
        std::vector<noise_view> values; // what the factors point to
    };

    static std::int8_t const* keep(Recording& recording, io::SafetensorsFile const& file, std::string const& name,
                                   std::int64_t size) {
        auto const values = file.values<std::int8_t>(name);
        EGGROLL_EXPECTS(static_cast<std::int64_t>(values.size()) == size,
                        "\"" + name + "\" has " + std::to_string(values.size()) + " values instead of " +
                            std::to_string(size));
        noise_view const view("recorded noise", values.size());
        auto const host = Kokkos::create_mirror_view(view);
        std::copy(values.begin(), values.end(), host.data());
        Kokkos::deep_copy(view, host);
        recording.values.push_back(view);
        return view.data();
    }

    Schedule sigma_;
    std::vector<Recording> recordings_; // (generation)
};

} // namespace eggroll::testing
