// SPDX-License-Identifier: Apache-2.0

#include <eggroll/io/checkpoint.hpp>

#include "support/temporary_directory.hpp"
#include "support/toy.hpp"

#include <eggroll/models/egg.hpp>
#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/threshold_step.hpp>
#include <eggroll/storage/half.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include <sys/resource.h>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::Array2;
using eggroll::Fitness;
using eggroll::LowRank;
using eggroll::StrategyOptions;
using eggroll::io::CheckpointExtras;
using eggroll::io::load_checkpoint;
using eggroll::io::SafetensorsFile;
using eggroll::io::SafetensorsWriter;
using eggroll::io::save_checkpoint;
using eggroll::testing::Toy;
using eggroll_test::content_of;
using eggroll_test::TemporaryDirectory;

namespace {

using Slices = eggroll::HostSlices<>;
using EggStrategy = eggroll::EvolutionStrategy<eggroll::Egg, LowRank<1, eggroll::FixedPointGaussian>,
                                               eggroll::ThresholdStep, eggroll::PairSign, Slices>;
using FloatStrategy = eggroll::EvolutionStrategy<Toy, LowRank<2>, eggroll::Adam, eggroll::CentredRank, Slices>;
using Momentum = eggroll::EvolutionStrategy<Toy, LowRank<2>, eggroll::Sgd, eggroll::CentredRank, Slices>;

/// The toy with its parameters in 16 bits; its states stay floats.
struct HalfToy : Toy {
    using storage_type = eggroll::half;
};
using HalfStrategy = eggroll::EvolutionStrategy<HalfToy, LowRank<2>, eggroll::Adam, eggroll::CentredRank, Slices>;

constexpr std::int64_t population = 16;

StrategyOptions options(std::uint64_t seed = 3) {
    return {.population = population, .seed = seed, .group_size = 4};
}

EggStrategy egg(StrategyOptions const& chosen = options()) {
    LowRank<1, eggroll::FixedPointGaussian> const perturbation{.sigma = 0x1p-4};
    eggroll::ThresholdStep const optimizer{.alpha = eggroll::Schedule::inverse_time(1.0, 0.5)};
    return {eggroll::Egg({.layers = 1, .width = 16}), perturbation, optimizer, chosen};
}
FloatStrategy floats(StrategyOptions const& chosen = options()) {
    LowRank<2> const perturbation{.sigma = 0.25F};
    eggroll::Adam const optimizer{.learning_rate = 0.1F};
    return {Toy(), perturbation, optimizer, chosen};
}

HalfStrategy halves() {
    LowRank<2> const perturbation{.sigma = 0.25F};
    eggroll::Adam const optimizer{.learning_rate = 0.1F};
    return {HalfToy(), perturbation, optimizer, options()};
}

/// One generation, on data that follow from its number.
void advance(EggStrategy& es) {
    std::vector<std::uint8_t> text; // (group, 9)
    for (std::size_t i = 0; i < 4 * 9; ++i) {
        text.push_back(static_cast<std::uint8_t>((i * i + 31 * es.generation()) % 120));
    }
    es.step([&](EggStrategy::members_type const& members, Fitness fitness) {
        es.model().score(members, {text.data(), 4, 9, 9}, fitness);
    });
}

/// The state grows, and the fitness depends on it and on what the members compute.
struct Remember {
    Array2<float const> y;
    Array2<float> state;
    Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        state(i, 0) += y(i, 0);
        fitness(i) = static_cast<double>(state(i, 0) * y(i, 1));
    }
};
template <class Strategy>
void advance(Strategy& es) {
    std::vector<float> const x{1.0F, -0.5F, 2.0F, static_cast<float>(es.generation())};
    es.step([&](typename Strategy::members_type const& members, Fitness fitness) {
        auto const y = members.linear(es.model().weight, es.model().bias,
                                      members.shared(Array2<float const>{x.data(), 1, Toy::in, Toy::in}));
        members.for_each(members.size(), Remember{y, members.state(es.model().memory), fitness});
    });
}

/// Everything that a strategy holds, byte by byte.
template <class Strategy>
std::string held(Strategy const& es) {
    std::string bytes = std::to_string(es.generation()) + ":";
    es.for_each_array([&](std::string const& name, auto const&, auto const& view) {
        bytes += name + "=";
        bytes.append(reinterpret_cast<char const*>(view.data()),
                     view.extent(0) * sizeof(typename std::decay_t<decltype(view)>::value_type));
    });
    return bytes;
}

/// Stops after 3 of 6 generations and goes on in another strategy.
template <class Make>
void check_exact_resume(Make const& make) {
    TemporaryDirectory const directory;
    auto const path = directory.path() / "checkpoint.safetensors";
    auto uninterrupted = make();
    auto stopped = make();
    for (int generation = 0; generation < 3; ++generation) {
        advance(uninterrupted);
        advance(stopped);
    }
    save_checkpoint(path, stopped, {});
    auto resumed = make();
    CHECK(held(resumed) != held(stopped));
    load_checkpoint(path, resumed);
    CHECK(resumed.generation() == 3);
    CHECK(held(resumed) == held(stopped));
    for (int generation = 3; generation < 6; ++generation) {
        advance(uninterrupted);
        advance(resumed);
        CHECK(held(resumed) == held(uninterrupted));
    }

    INFO("into a strategy that has gone elsewhere, and whose weights are packed");
    load_checkpoint(path, uninterrupted);
    CHECK(held(uninterrupted) == held(stopped));
    advance(uninterrupted);
    advance(stopped);
    CHECK(held(uninterrupted) == held(stopped));
}

/// A copy of a checkpoint with one thing changed.
void rewrite(std::filesystem::path const& from, std::filesystem::path const& to,
             std::map<std::string, std::string> const& metadata, std::string const& left_out = {}) {
    SafetensorsFile const file(from);
    SafetensorsWriter writer;
    for (auto const& [key, value] : file.metadata()) {
        writer.set_metadata(key, value);
    }
    for (auto const& [key, value] : metadata) {
        writer.set_metadata(key, value);
    }
    for (auto const& name : file.names()) {
        if (name != left_out) {
            writer.add(name, file.tensor(name).dtype, file.tensor(name).shape, file.tensor(name).bytes);
        }
    }
    writer.write(to);
}

/// The strategy refuses the file with that text and stays as it was.
template <class Strategy>
void check_refused(std::filesystem::path const& path, Strategy& es, std::string const& text) {
    std::string const before = held(es);
    CHECK_THROWS_MATCHES(load_checkpoint(path, es), eggroll::Error,
                         MessageMatches(ContainsSubstring(text) && ContainsSubstring(path.string())));
    CHECK(held(es) == before);
}

} // namespace

TEST_CASE("int8 training with states resumes exactly", "[io][checkpoint]") {
    check_exact_resume([] { return egg(); });
}

TEST_CASE("float training with Adam and states resumes exactly", "[io][checkpoint]") {
    check_exact_resume([] { return floats(); });
}

TEST_CASE("half training resumes exactly, from half parameters and float states", "[io][checkpoint]") {
    check_exact_resume([] { return halves(); });

    TemporaryDirectory const directory;
    auto const path = directory.path() / "checkpoint.safetensors";
    auto half = halves();
    advance(half);
    save_checkpoint(path, half);
    SafetensorsFile const file(path);
    CHECK(file.tensor("parameter/weight").dtype == eggroll::io::DType::f16);
    CHECK(file.tensor("state/memory").dtype == eggroll::io::DType::f32);
    auto other = floats();
    check_refused(path, other, "F16");
}

TEST_CASE("momentum resumes exactly, and without it nothing is missing", "[io][checkpoint]") {
    check_exact_resume([] { return Momentum(Toy(), {.sigma = 0.25F}, {.momentum = 0.9F}, options()); });
    check_exact_resume([] { return Momentum(Toy(), {.sigma = 0.25F}, {}, options()); });
}

TEST_CASE("what a program keeps beside the strategy comes back", "[io][checkpoint]") {
    TemporaryDirectory const directory;
    auto const path = directory.path() / "checkpoint";
    auto es = egg();
    CheckpointExtras extras;
    extras.numbers["positions"] = {0, 1, 0xFFFFFFFFFFFFFFFFU};
    extras.numbers["none"] = {};
    extras.reals["means"] = {-0.1, 1e300, 0x1p-1074};
    extras.reals["none"] = {};
    extras.strings["settings"] = "{\"layers\":1}";
    extras.strings["empty"] = "";
    save_checkpoint(path, es, extras);
    auto const found = load_checkpoint(path, es);
    CHECK(found.numbers == extras.numbers);
    CHECK(found.reals == extras.reals);
    CHECK(found.strings == extras.strings);
    CHECK(SafetensorsFile(path).metadata("path") == es.path());
    save_checkpoint(path, es);
    CHECK(load_checkpoint(path, es).numbers.empty());
    CHECK(load_checkpoint(path, es).reals.empty());
    CHECK(load_checkpoint(path, es).strings.empty());
}

TEST_CASE("a checkpoint of another strategy is refused", "[io][checkpoint]") {
    TemporaryDirectory const directory;
    auto const path = directory.path() / "checkpoint";
    auto es = egg();
    advance(es);
    save_checkpoint(path, es);

    auto other_seed = egg(options(4));
    check_refused(path, other_seed, "its seed is '3', this strategy's is '4'");
    auto other_population = egg({.population = 32, .seed = 3, .group_size = 4});
    check_refused(path, other_population, "its population is '16', this strategy's is '32'");
    auto other_groups = egg({.population = 16, .seed = 3, .group_size = 8});
    check_refused(path, other_groups, "its group_size is '4', this strategy's is '8'");

    EggStrategy wider(eggroll::Egg({.layers = 1, .width = 32}), {.sigma = 0x1p-4}, {}, options());
    check_refused(path, wider, "'parameter/emb' has shape");
    EggStrategy deeper(eggroll::Egg({.layers = 2, .width = 16}), {.sigma = 0x1p-4}, {}, options());
    check_refused(path, deeper, "no tensor 'parameter/layer1.");
    auto other_model = floats();
    check_refused(path, other_model, "no tensor 'parameter/weight'");

    INFO("arrays agree, the noise doesn't");
    EggStrategy weaker(eggroll::Egg({.layers = 1, .width = 16}), {.sigma = 0x1p-5}, {}, options());
    check_refused(path, weaker, "other noise");
    EggStrategy frozen(
        eggroll::Egg({.layers = 1, .width = 16}),
        {.sigma = 0x1p-4, .antithetic = true, .noise_reuse = 1, .overrides = {{.parameter = "head", .rank = 0}}}, {},
        options());
    check_refused(path, frozen, "other noise");

    INFO("names and shapes agree, the type or the optimizer doesn't");
    auto adam = floats();
    save_checkpoint(path, adam);
    Momentum sgd(Toy(), {.sigma = 0.25F}, {.momentum = 0.9F}, options());
    check_refused(path, sgd, "no tensor 'optimizer/velocity'");
    auto const values = std::vector<std::int8_t>(Toy::out * Toy::in);
    SafetensorsWriter writer;
    SafetensorsFile const file(path);
    for (auto const& [key, value] : file.metadata()) {
        writer.set_metadata(key, value);
    }
    for (auto const& name : file.names()) {
        if (name == "parameter/weight") {
            writer.add(name, file.tensor(name).shape, values);
        } else {
            writer.add(name, file.tensor(name).dtype, file.tensor(name).shape, file.tensor(name).bytes);
        }
    }
    auto const retyped = directory.path() / "retyped";
    writer.write(retyped);
    check_refused(retyped, adam, "'parameter/weight' has type");
}

TEST_CASE("a file that is no checkpoint, or a damaged one, is refused", "[io][checkpoint]") {
    TemporaryDirectory const directory;
    auto const path = directory.path() / "checkpoint";
    auto const changed = directory.path() / "changed";
    auto es = floats();
    advance(es);
    save_checkpoint(path, es);
    advance(es);

    check_refused(directory.path() / "absent", es, "does not exist");
    rewrite(path, changed, {{"format", "eggroll checkpoint 0"}});
    check_refused(changed, es, "its format is 'eggroll checkpoint 0'");
    rewrite(path, changed, {{"generation", "1e3"}});
    check_refused(changed, es, "its generation is '1e3'");
    rewrite(path, changed, {{"generation", ""}});
    check_refused(changed, es, "its generation is ''");
    rewrite(path, changed, {{"generation", "99999999999999999999"}});
    check_refused(changed, es, "its generation is '99999999999999999999'");
    rewrite(path, changed, {}, "state/memory");
    check_refused(changed, es, "no tensor 'state/memory'");
    SafetensorsWriter empty;
    empty.write(changed);
    check_refused(changed, es, "metadata lack");
    rewrite(path, changed, {});
    auto unchanged = floats();
    CHECK_NOTHROW(load_checkpoint(changed, unchanged));
}

TEST_CASE("a truncated checkpoint is refused and nothing changed", "[io][checkpoint]") {
    TemporaryDirectory const directory;
    auto const path = directory.path() / "checkpoint";
    auto es = floats();
    advance(es);
    save_checkpoint(path, es);
    std::string const whole = content_of(path);
    advance(es);
    std::string const before = held(es);
    auto const cut = directory.path() / "cut";
    for (std::size_t size = 0; size < whole.size(); size += size < 64 ? 1 : 37) {
        CAPTURE(size);
        directory.write("cut", whole.substr(0, size));
        REQUIRE_THROWS_AS(load_checkpoint(cut, es), eggroll::Error);
        REQUIRE(held(es) == before);
    }
    directory.write("cut", whole.substr(0, whole.size() - 1));
    check_refused(cut, es, "cannot read");
    directory.write("cut", whole);
    CHECK_NOTHROW(load_checkpoint(cut, es));
}

TEST_CASE("a save that fails leaves the previous checkpoint", "[io][checkpoint]") {
    TemporaryDirectory const directory;
    auto const path = directory.path() / "checkpoint";
    auto es = floats();
    advance(es);
    save_checkpoint(path, es);
    std::string const previous = content_of(path);
    advance(es);

    struct rlimit old = {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
    auto const handler = std::signal(SIGXFSZ, SIG_IGN);
    struct rlimit small = old;
    small.rlim_cur = previous.size() / 2;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    bool refused = false;
    try {
        save_checkpoint(path, es);
    } catch (eggroll::Error const&) {
        refused = true;
    }
    ::setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, handler);
    CHECK(refused);
    CHECK(content_of(path) == previous);
    CHECK(directory.entries() == 1);
    CHECK_THROWS_AS(save_checkpoint(directory.path() / "absent" / "checkpoint", es), eggroll::Error);

    auto loaded = floats();
    load_checkpoint(path, loaded);
    CHECK(loaded.generation() == 1);
}
