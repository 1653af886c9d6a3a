// SPDX-License-Identifier: Apache-2.0

#include <eggroll/kernels/host/pack.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

namespace {

namespace host = eggroll::kernels::host;

/// 64 bytes that a vector aligns as packed weights must be.
struct alignas(host::packed_alignment) Line {
    unsigned char bytes[host::packed_alignment];
};

/// A matrix without two equal neighbours.
template <class T>
std::vector<T> matrix(std::int64_t out, std::int64_t in) {
    std::vector<T> values;
    for (std::int64_t n = 0; n < out * in; ++n) {
        values.push_back(static_cast<T>(n * 37 % 255 - 127));
    }
    return values;
}

/// The weight of an output and input, where the documented form has it.
template <class T>
float packed_weight(void const* packed, std::int64_t inputs, std::int64_t output, std::int64_t input) {
    auto const* data = static_cast<typename host::PackedForm<T>::stored_type const*>(packed);
    if constexpr (std::is_same_v<T, float>) {
        return data[(output / 16 * inputs + input) * 16 + output % 16];
    } else {
        std::int64_t const steps = (inputs + 3) / 4;
        return static_cast<float>(data[((output / 16 * steps + input / 4) * 16 + output % 16) * 4 + input % 4]) - 128;
    }
}

template <class T>
void check_pack(std::int64_t out, std::int64_t in, bool transposed) {
    CAPTURE(out, in, transposed);
    std::int64_t const outputs = transposed ? in : out;
    std::int64_t const inputs = transposed ? out : in;
    auto const data = matrix<T>(out, in);
    std::size_t const bytes = host::packed_bytes<T>(outputs, inputs);
    REQUIRE(bytes % host::packed_alignment == 0);
    std::vector<Line> packed(bytes / sizeof(Line) + 1, Line{{0xab}});
    host::pack(data.data(), out, in, transposed, packed.data());

    std::int64_t const steps = host::PackedForm<T>::inputs_per_step;
    bool equal = true;
    for (std::int64_t output = 0; output < (outputs + 15) / 16 * 16; ++output) {
        for (std::int64_t input = 0; input < (inputs + steps - 1) / steps * steps; ++input) {
            float expected = 0;
            if (output < outputs && input < inputs) {
                expected = data[static_cast<std::size_t>(transposed ? input * in + output : output * in + input)];
            }
            equal = equal && packed_weight<T>(packed.data(), inputs, output, input) == expected;
        }
    }
    CHECK(equal);
    CHECK(packed.back().bytes[0] == 0xab);
}

} // namespace

TEMPLATE_TEST_CASE("packed weights have the documented form", "[pack]", float, std::int8_t) {
    for (std::int64_t const out : {1, 15, 16, 17, 64}) {
        for (std::int64_t const in : {1, 3, 4, 5, 32, 63}) {
            check_pack<TestType>(out, in, false);
            check_pack<TestType>(out, in, true);
        }
    }
}

TEST_CASE("pack refuses memory that is not aligned", "[pack]") {
    std::vector<Line> packed(host::packed_bytes<float>(1, 2) / sizeof(Line) + 1);
    float const data[2] = {1, 2};
    CHECK_THROWS_AS(host::pack(data, 1, 2, false, packed.data()->bytes + 4), eggroll::Error);
}
