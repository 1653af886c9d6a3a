// SPDX-License-Identifier: Apache-2.0

// The model byte by byte against the golden vectors: without noise, and with recorded noise.

#include <support/egg_golden.hpp>

#include <catch2/catch_template_test_macros.hpp>

#include <type_traits>

using namespace eggroll;
using namespace eggroll::testing;

namespace {

/// Everything that the files record of a run.
template <class MemorySpace>
struct Trace {
    std::int64_t members, tokens, layers, width;
    Kokkos::View<std::int8_t*, MemorySpace> logits{"logits", extent(members* tokens* Egg::alphabet)};
    Kokkos::View<std::int8_t*, MemorySpace> states{"states", extent(members* tokens* layers* width)};
    Kokkos::View<std::int64_t*, MemorySpace> ll{"ll", extent(tokens* members)}; // (token, member)

    static std::size_t extent(std::int64_t n) { return static_cast<std::size_t>(n); }

    /// The logits after the first token, from a member on: (member, 256). Those of the next token follow.
    Array2<std::int8_t> logits_from(std::int64_t member) const {
        std::int64_t const stride = tokens * Egg::alphabet;
        return {logits.data() + member * stride, members - member, Egg::alphabet, stride};
    }
    /// A layer's states after the first token, from a member on: (member, width). The next token's are layers * width
    /// further.
    Array2<std::int8_t> states_from(std::int64_t member, std::int64_t layer) const {
        std::int64_t const stride = tokens * layers * width;
        return {states.data() + member * stride + layer * width, members - member, width, stride};
    }
    /// (member, token)
    std::vector<std::int64_t> ll_by_member() const {
        auto const by_token = values_of(ll);
        std::vector<std::int64_t> result;
        for (std::int64_t i = 0; i < members * tokens; ++i) {
            result.push_back(by_token[extent(i % tokens * members + i / tokens)]);
        }
        return result;
    }
};

template <class Members>
Array2<std::int8_t> state_of(Members const& members, std::int64_t layer, std::int64_t width) {
    return members.state(State{static_cast<std::uint32_t>(layer), width});
}

/// All members of the slice begin with the same states (layer, width).
template <class Members>
void set_states(Members const& members, Array2<std::int8_t const> states) {
    for (std::int64_t layer = 0; layer < states.rows; ++layer) {
        Array2<std::int8_t const> const repeated{states.row(layer), members.size(), states.columns, 0};
        members.for_each(members.size(), CopyRow<std::int8_t>{repeated, state_of(members, layer, states.columns)});
    }
}

/// Byte `token` of every member's text, or of the one text that all read (stride 0).
template <class Members>
Input<std::uint8_t> bytes_at(Members const& members, Array2<std::uint8_t const> text, Step token) {
    if (text.stride == 0) {
        text.rows = 1;
        return members.shared(members.column(text, token));
    }
    return {
        members.column(Array2<std::uint8_t const>{text.row(members.begin()), members.size(), text.columns, text.stride},
                       token),
        1, 1};
}

/// Reads inputs (member, token) and fills a trace.
template <class Members, class MemorySpace>
void run(Members const& members, Egg const& model, Array2<std::uint8_t const> inputs,
         Array2<std::uint8_t const> targets, Trace<MemorySpace> const& trace) {
    std::int64_t const size = members.size();
    std::int64_t const begin = members.begin();
    members.repeat(trace.tokens, [&](typename Members::step_type step) {
        auto const predicted = model.logits(members, bytes_at(members, inputs, step));
        auto const ll = members.template array<std::int64_t>(size, 1);
        members.for_each(size, eggroll::detail::SetZero{ll.data});
        members.apply(size,
                      kernels::rows::LogLikelihood{predicted, bytes_at(members, targets, step), ll.data, nullptr});
        members.for_each(size, CopyRow<std::int64_t>{ll, {trace.ll.data() + begin, size, 1, 1}, step, trace.members});
        members.for_each(size, CopyRow<std::int8_t>{predicted, trace.logits_from(begin), step, Egg::alphabet});
        for (std::int64_t layer = 0; layer < trace.layers; ++layer) {
            members.for_each(size,
                             CopyRow<std::int8_t>{state_of(members, layer, trace.width),
                                                  trace.states_from(begin, layer), step, trace.layers * trace.width});
        }
    });
}

/// Minutes in an emulator, and egg_cuda_test has a model of this width.
template <class Route>
bool too_wide(io::SafetensorsFile const& file) {
#if defined(__SANITIZE_ADDRESS__)
    constexpr std::int64_t widest = 16;
#else
    constexpr std::int64_t widest = 64;
#endif
    return std::is_same_v<Route, CudaRoute> && number(file, "hidden_dim") > widest;
}

template <class Values>
auto repeated(Values const& values, std::int64_t times) {
    std::vector<typename Values::value_type> result;
    for (; times > 0; --times) {
        result.insert(result.end(), values.begin(), values.end());
    }
    return result;
}

} // namespace

TEMPLATE_LIST_TEST_CASE("golden: the model without noise", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const file = each_golden("egg-forward-");
    auto const execution = TestType::each_execution();
    CAPTURE(TestType::description(), file.path().stem().string());
    if (too_wide<TestType>(file)) {
        return;
    }
    constexpr std::int64_t members = 5; // all alike; odd, so that kernels meet a remainder of rows
    std::int64_t const tokens = number(file, "tokens");

    GoldenStrategy<TestType, KeepVotes> es(egg_of(file), RecordedNoise<Space>(4), {}, {.population = 2}, {}, execution);
    using Members = typename decltype(es)::members_type;
    using Fitness = typename Members::fitness_type;
    auto const [layers, width] = es.model().options();
    load_parameters(es, file, "param/");
    auto const stored_inputs = integers(file, "inputs");
    auto const stored_targets = integers(file, "targets");
    auto const inputs = copy_to<std::uint8_t, Space>(stored_inputs);
    auto const targets = copy_to<std::uint8_t, Space>(stored_targets);
    auto const state = copy_to<std::int8_t, Space>(bytes(file, "state"));
    Array2<std::int8_t const> const first_states{state.data(), layers, width, width};

    Trace<Space> const trace{members, tokens, layers, width};
    es.evaluate_mean(
        [&](Members const& slice, Fitness) {
            set_states(slice, first_states);
            run(slice, es.model(), {inputs.data(), members, tokens, 0}, {targets.data(), members, tokens, 0}, trace);
        },
        members);
    check_equal("logits", values_of(trace.logits), repeated(bytes(file, "logits"), members));
    check_equal("states", values_of(trace.states), repeated(bytes(file, "states"), members));
    check_equal("ll", trace.ll_by_member(), repeated(integers(file, "ll"), members));

    auto const text = copy_to<std::uint8_t, Space>(text_of(stored_inputs, stored_targets, tokens));
    auto const scores = es.evaluate_mean(
        [&](Members const& slice, Fitness fitness) {
            set_states(slice, first_states);
            es.model().score(slice, {text.data(), members, tokens + 1, 0}, fitness);
        },
        members);
    check_equal("sum_ll", scores, repeated(integers(file, "sum_ll"), members));
}

TEMPLATE_LIST_TEST_CASE("golden: the model with recorded noise", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const file = each_golden("egg-perturbed-");
    auto const execution = TestType::each_execution();
    CAPTURE(TestType::description(), file.path().stem().string());
    if (too_wide<TestType>(file)) {
        return;
    }
    Egg const egg = egg_of(file);
    std::int64_t const members = number(file, "members");
    std::int64_t const tokens = number(file, "tokens");

    RecordedNoise<Space> noise(static_cast<int>(number(file, "sigma_shift")));
    noise.record(file, "noise/", egg.layout, members / 2);
    GoldenStrategy<TestType, KeepVotes> es(egg, noise, {}, {.population = members, .group_size = 2}, {}, execution);
    using Members = typename decltype(es)::members_type;
    using Fitness = typename Members::fitness_type;
    auto const [layers, width] = es.model().options();
    load_parameters(es, file, "param/");
    auto const stored_inputs = integers(file, "inputs");
    auto const stored_targets = integers(file, "targets");
    auto const inputs = copy_to<std::uint8_t, Space>(stored_inputs);
    auto const targets = copy_to<std::uint8_t, Space>(stored_targets);

    // Byte by byte, with an input of its own for every member.
    load_states(es, bytes(file, "state"));
    Trace<Space> const trace{members, tokens, layers, width};
    es.step([&](Members const& slice, Fitness) {
        run(slice, es.model(), {inputs.data(), members, tokens, tokens}, {targets.data(), members, tokens, tokens},
            trace);
    });
    check_equal("logits", values_of(trace.logits), bytes(file, "logits"));
    check_equal("states", values_of(trace.states), bytes(file, "states"));
    check_equal("ll", trace.ll_by_member(), integers(file, "ll"));

    // Scored, with a text for every pair.
    load_states(es, bytes(file, "state"));
    auto const text = copy_to<std::uint8_t, Space>(text_of(stored_inputs, stored_targets, tokens, 2));
    FitnessRecord<Space> const raw(members);
    es.step([&](Members const& slice, Fitness fitness) {
        es.model().score(slice, {text.data(), members / 2, tokens + 1, tokens + 1}, fitness);
        raw.keep(slice, fitness);
    });
    check_equal("raw", raw.values(), integers(file, "raw"));
    check_equal("fitness", pair_signs(raw.values()), bytes(file, "fitness"));
    check_parameters(es, file, "param/"); // KeepVotes has learnt nothing on the way
}

TEMPLATE_LIST_TEST_CASE("golden: perturbed vectors and embedding rows of the model", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const file = each_golden("egg-perturbed-");
    auto const execution = TestType::each_execution();
    CAPTURE(TestType::description(), file.path().stem().string());
    Egg const egg = egg_of(file);
    std::int64_t const width = egg.options().width;
    std::int64_t const members = number(file, "members");
    std::int64_t const tokens = number(file, "tokens");

    RecordedNoise<Space> noise(static_cast<int>(number(file, "sigma_shift")));
    noise.record(file, "noise/", egg.layout, members / 2);
    GoldenStrategy<TestType, KeepVotes> es(egg, noise, {}, {.population = members}, {}, execution);
    using Members = typename decltype(es)::members_type;
    using Fitness = typename Members::fitness_type;
    load_parameters(es, file, "param/");

    struct Kept {
        std::string name;
        Vector vector;
        Kokkos::View<std::int8_t*, Space> values; // (member, length)
    };
    std::vector<Kept> vectors;
    for (std::size_t id = 0; id < es.layout().parameters().size(); ++id) {
        auto const& info = es.layout().parameters()[id];
        if (info.kind == ParameterKind::vector) {
            vectors.push_back({"effective/" + info.name,
                               {static_cast<std::uint32_t>(id), info.in, info.offset},
                               {"kept vectors", static_cast<std::size_t>(members * info.in)}});
        }
    }
    auto const inputs = copy_to<std::uint8_t, Space>(integers(file, "inputs"));
    Array2<std::uint8_t const> const text{inputs.data(), members, tokens, tokens};
    auto const& first = es.layout().parameters().front();
    REQUIRE(first.name == "emb");
    Embedding const table{0, first.out, first.in, first.offset};
    Kokkos::View<std::int8_t*, Space> const kept_rows("kept rows", static_cast<std::size_t>(members * tokens * width));

    es.step([&](Members const& slice, Fitness) {
        for (auto const& [name, vector, values] : vectors) {
            Array2<std::int8_t> const to{values.data() + slice.begin() * vector.length, slice.size(), vector.length,
                                         vector.length};
            slice.for_each(slice.size(), CopyRow<std::int8_t>{slice.vector(vector), to});
        }
        Array2<std::int8_t> const to{kept_rows.data() + slice.begin() * tokens * width, slice.size(), width,
                                     tokens * width};
        slice.repeat(tokens, [&](typename Members::step_type step) {
            auto const rows = slice.embedding(table, bytes_at(slice, text, step));
            slice.for_each(slice.size(), CopyRow<std::int8_t>{rows, to, step, width});
        });
    });
    for (auto const& [name, vector, values] : vectors) {
        check_equal(name, values_of(values), bytes(file, name));
    }
    check_equal("effective/emb_rows", values_of(kept_rows), bytes(file, "effective/emb_rows"));
}
