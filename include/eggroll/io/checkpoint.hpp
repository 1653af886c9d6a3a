// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Checkpoints of an EvolutionStrategy: one safetensors file with parameters, optimizer, members' states, seed and
/// generation. Saving is atomic; a run that loads one goes on as if it had never stopped.

#include <eggroll/error.hpp>
#include <eggroll/io/fnv1a.hpp>
#include <eggroll/io/safetensors.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/update_convention.hpp>

#include <Kokkos_Core.hpp>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace eggroll::io {

/// What a program keeps beside the strategy: positions in its data, statistics, its settings.
struct CheckpointExtras {
    std::map<std::string, std::vector<std::uint64_t>> numbers;
    std::map<std::string, std::vector<double>> reals;
    std::map<std::string, std::string> strings;
};

namespace detail {

inline constexpr char const* checkpoint_format = "eggroll checkpoint 1";

/// A hash of the noise that the generation before `next` had (of the first, at the beginning): every parameter's kind,
/// rank and sigma, and one of its values. It differs if distribution, seed, rank, sigma or noise_reuse do.
template <class Strategy>
std::string noise_fingerprint(Strategy const& strategy, std::uint64_t next) {
    auto const noise = strategy.noise_at(next > 0 ? next - 1 : 0);
    Fnv1a hash;
    for (std::size_t id = 0; id < noise.parameters.size(); ++id) {
        auto const& bound = noise.parameters[id];
        hash.add(static_cast<std::int32_t>(bound.kind));
        hash.add(static_cast<std::int32_t>(bound.rank));
        hash.add(bound.sigma);
        for (std::int64_t element = 0; element < 4; ++element) {
            hash.add(noise.source.value(static_cast<std::uint32_t>(id), Factor::b, 0, 0, 4, element));
        }
    }
    hash.add(noise.members_per_direction);
    return hash.text();
}

/// What must agree between the strategy that saved and the one that loads.
template <class Strategy>
std::vector<std::pair<std::string, std::string>> checkpoint_identity(Strategy const& strategy) {
    auto const& options = strategy.options();
    return {{"format", checkpoint_format},
            {"seed", std::to_string(options.seed.value)},
            {"population", std::to_string(options.population)},
            {"group_size", std::to_string(options.group_size)},
            {"convention", options.convention == UpdateConvention::textbook ? "textbook" : "hyperscale"}};
}

inline std::uint64_t parse_generation(std::string const& text, std::filesystem::path const& path) {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    EGGROLL_EXPECTS(error == std::errc() && end == text.data() + text.size(),
                    "cannot load " + path.string() + ": its generation is '" + text + "', no number");
    return value;
}

} // namespace detail

/// Writes everything that the next generation depends on; the file appears whole or the previous one stays. Fences.
template <class Strategy>
void save_checkpoint(std::filesystem::path const& path, Strategy const& strategy, CheckpointExtras const& extras = {}) {
    SafetensorsWriter writer;
    for (auto const& [key, value] : detail::checkpoint_identity(strategy)) {
        writer.set_metadata(key, value);
    }
    writer.set_metadata("noise", detail::noise_fingerprint(strategy, strategy.generation()));
    writer.set_metadata("generation", std::to_string(strategy.generation()));
    writer.set_metadata("path", strategy.path());
    for (auto const& [key, value] : extras.strings) {
        writer.set_metadata("extra/" + key, value);
    }
    std::vector<std::shared_ptr<void>> mirrors; // keeps host copies alive until written
    strategy.for_each_array([&](std::string const& name, Shape const& shape, auto const& view) {
        auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, view);
        mirrors.push_back(std::make_shared<std::decay_t<decltype(host)>>(host));
        writer.add(name, shape, std::span(host.data(), host.extent(0)));
    });
    for (auto const& [key, values] : extras.numbers) {
        writer.add("extra/" + key, {values.size()}, std::span(values));
    }
    for (auto const& [key, values] : extras.reals) {
        writer.add("real/" + key, {values.size()}, std::span(values));
    }
    writer.write(path);
}

/// Puts the checkpoint's contents into a strategy of the same model, seed and population, and returns the extras.
/// Throws Error, and changes nothing, for a file that is damaged or belongs to another strategy.
template <class Strategy>
CheckpointExtras load_checkpoint(std::filesystem::path const& path, Strategy& strategy) {
    SafetensorsFile const file(path);
    std::uint64_t const generation = detail::parse_generation(file.metadata("generation"), path);
    for (auto const& [key, expected] : detail::checkpoint_identity(strategy)) {
        std::string const& found = file.metadata(key);
        EGGROLL_EXPECTS(found == expected, "cannot load " + path.string() + ": its " + key + " is '" + found +
                                               "', this strategy's is '" + expected +
                                               "'; give the settings that it was saved with");
    }
    strategy.for_each_array([&](std::string const& name, Shape const& shape, auto const& view) {
        using Value = typename std::decay_t<decltype(view)>::non_const_value_type;
        file.template values<Value>(name); // its type
        EGGROLL_EXPECTS(file.tensor(name).shape == shape, "cannot load " + path.string() + ": '" + name +
                                                              "' has shape " + to_string(file.tensor(name).shape) +
                                                              ", this model's has " + to_string(shape));
    });
    EGGROLL_EXPECTS(file.metadata("noise") == detail::noise_fingerprint(strategy, generation),
                    "cannot load " + path.string() +
                        ": it was saved with other noise than this strategy's; give the "
                        "distribution, rank, sigma, overrides, antithetic and noise_reuse that it was saved with");
    strategy.for_each_array([&](std::string const& name, Shape const&, auto const& view) {
        using Value = typename std::decay_t<decltype(view)>::non_const_value_type;
        auto const values = file.template values<Value>(name);
        Kokkos::View<Value const*, Kokkos::HostSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>> const source(
            values.data(), values.size());
        Kokkos::deep_copy(view, source);
    });
    strategy.resume_at(generation);
    CheckpointExtras extras;
    constexpr std::string_view prefix = "extra/";
    for (auto const& [key, value] : file.metadata()) {
        if (key.starts_with(prefix)) {
            extras.strings[key.substr(prefix.size())] = value;
        }
    }
    for (auto const& name : file.names()) {
        if (name.starts_with(prefix)) {
            auto const values = file.values<std::uint64_t>(name);
            extras.numbers[name.substr(prefix.size())] = {values.begin(), values.end()};
        }
        constexpr std::string_view real_prefix = "real/";
        if (name.starts_with(real_prefix)) {
            auto const values = file.values<double>(name);
            extras.reals[name.substr(real_prefix.size())] = {values.begin(), values.end()};
        }
    }
    return extras;
}

} // namespace eggroll::io
