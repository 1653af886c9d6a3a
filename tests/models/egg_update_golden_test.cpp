// SPDX-License-Identifier: Apache-2.0

// The update against the golden vectors: votes, thresholds, parameters after it, and whole generations of training.

#include <support/egg_golden.hpp>

#include <catch2/catch_template_test_macros.hpp>

using namespace eggroll;
using namespace eggroll::testing;

TEMPLATE_LIST_TEST_CASE("golden: votes of an update", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const file = each_golden("egg-update-");
    auto const execution = TestType::each_execution();
    CAPTURE(TestType::description(), file.path().stem().string());
    Egg const egg = egg_of(file);
    std::int64_t const pairs = number(file, "pairs");

    RecordedNoise<Space> noise(4);
    noise.record(file, "noise/", egg.layout, pairs);
    Kokkos::View<std::int64_t*, Space> const votes("votes", static_cast<std::size_t>(egg.layout.extent()));
    GoldenStrategy<TestType, KeepVotes> es(egg, noise, {votes.data()}, {.population = 2 * pairs}, {}, execution);
    load_parameters(es, file, "param/");
    auto const raw_values = integers(file, "raw");
    std::vector<double> const raw(raw_values.begin(), raw_values.end());
    check_equal("fitness", pair_signs(raw), bytes(file, "fitness"));

    es.tell(raw);
    auto const kept = values_of(votes);
    for (auto const& info : es.layout().parameters()) {
        check_equal("Z/" + info.name, std::span(kept.data() + info.offset, static_cast<std::size_t>(info.size())),
                    integers(file, "Z/" + info.name));
    }
}

TEMPLATE_LIST_TEST_CASE("golden: parameters after an update", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const file = each_golden("egg-update-");
    auto const execution = TestType::each_execution();
    CAPTURE(TestType::description(), file.path().stem().string());
    Egg const egg = egg_of(file);
    std::int64_t const pairs = number(file, "pairs");

    RecordedNoise<Space> noise(4);
    noise.record(file, "noise/", egg.layout, pairs);
    auto const raw_values = integers(file, "raw");
    std::vector<double> const raw(raw_values.begin(), raw_values.end());
    auto const thresholds = integers(file, "threshold");
    auto const steps = integers(file, "threshold_step");
    auto const alphas = file.template values<float>("threshold_alpha");
    REQUIRE(!thresholds.empty());
    for (std::size_t k = 0; k < thresholds.size(); ++k) {
        auto const step = static_cast<std::uint64_t>(steps[k]);
        ThresholdStep const optimizer{ThresholdStep::published_alpha(static_cast<double>(alphas[k]), 1000)};
        CHECK(optimizer.threshold(step) == thresholds[k]);
        GoldenStrategy<TestType, ThresholdStep> es(egg, noise, optimizer, {.population = 2 * pairs}, {}, execution);
        load_parameters(es, file, "param/");
        es.resume_at(step);
        es.tell(raw);
        check_parameters(es, file, "after" + std::to_string(k) + "/");
    }
}

TEMPLATE_LIST_TEST_CASE("golden: generations of training", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const file = each_golden("egg-steps-");
    auto const execution = TestType::each_execution();
    CAPTURE(TestType::description(), file.path().stem().string());
    Egg const egg = egg_of(file);
    std::int64_t const members = number(file, "members");
    std::int64_t const group = number(file, "group");
    std::int64_t const tokens = number(file, "tokens");
    std::int64_t const updates = number(file, "updates");
    auto const prefix = [](std::int64_t update) { return "step" + std::to_string(update) + "/"; };

    RecordedNoise<Space> noise(static_cast<int>(number(file, "sigma_shift")));
    for (std::int64_t update = 0; update < updates; ++update) {
        noise.record(file, prefix(update) + "noise/", egg.layout, members / 2);
    }
    ThresholdStep const optimizer{ThresholdStep::published_alpha(
        std::stod(file.metadata("alpha")), static_cast<double>(number(file, "alpha_decay_timestep")))};
    GoldenStrategy<TestType, ThresholdStep> es(egg, noise, optimizer, {.population = members, .group_size = group}, {},
                                               execution);
    using Members = typename decltype(es)::members_type;
    using Fitness = typename Members::fitness_type;
    load_parameters(es, file, "param/");
    check_equal("state", states_of(es), bytes(file, "state"));

    REQUIRE(updates > 0);
    for (std::int64_t update = 0; update < updates; ++update) {
        std::string const step = prefix(update);
        auto const text = copy_to<std::uint8_t, Space>(
            text_of(integers(file, step + "inputs"), integers(file, step + "targets"), tokens, group));
        FitnessRecord<Space> const raw(members);
        CHECK(optimizer.threshold(es.generation()) == integers(file, step + "threshold")[0]);
        auto const report = es.step([&](Members const& slice, Fitness fitness) {
            es.model().score(slice, {text.data(), members / group, tokens + 1, tokens + 1}, fitness);
            raw.keep(slice, fitness);
        });
        CHECK(report.failed_members == 0);
        check_equal(step + "raw", raw.values(), integers(file, step + "raw"));
        check_equal(step + "fitness", pair_signs(raw.values()), bytes(file, step + "fitness"));
        check_equal(step + "state", states_of(es), bytes(file, step + "state"));
        check_parameters(es, file, step + "param/");
    }
}

TEST_CASE("golden: thresholds", "[golden]") {
    auto const file = each_golden("egg-thresholds");
    auto const alphas = file.values<float>("alpha");
    auto const thresholds = integers(file, "threshold"); // (alpha, step)
    std::size_t const steps = thresholds.size() / alphas.size();
    REQUIRE(steps == static_cast<std::size_t>(number(file, "updates")));
    for (std::size_t i = 0; i < alphas.size(); ++i) {
        ThresholdStep const optimizer{ThresholdStep::published_alpha(
            static_cast<double>(alphas[i]), static_cast<double>(number(file, "alpha_decay_timestep")))};
        std::vector<std::int64_t> found;
        for (std::uint64_t step = 0; step < steps; ++step) {
            found.push_back(optimizer.threshold(step));
        }
        check_equal("alpha " + std::to_string(alphas[i]), found, thresholds.subspan(i * steps, steps));
    }
}

TEST_CASE("golden: no file is left out", "[golden]") {
    std::size_t known = 0;
    for (char const* const prefix :
         {"egg-forward-", "egg-perturbed-", "egg-update-", "egg-steps-", "egg-thresholds", "egg-primitives-"}) {
        CHECK_FALSE(golden_names(prefix).empty());
        known += golden_names(prefix).size();
    }
    CHECK(known == golden_names("").size());
    std::error_code absent;
    if (std::filesystem::equivalent(golden_directory(), EGGROLL_GOLDEN_DIR, absent)) {
        CHECK(known == 26);
    }
}
