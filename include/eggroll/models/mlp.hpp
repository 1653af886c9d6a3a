// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace eggroll {

/// What follows a hidden layer.
enum class Activation { relu, tanh, layer_norm_relu };

/// A multi-layer perceptron: widths.front() inputs, hidden layers with an activation, widths.back() linear outputs.
/// `Storage` is what its parameters are stored in: float, half or bfloat16; it computes in float.
template <class Storage = float>
class Mlp {
public:
    using storage_type = Storage;
    static constexpr bool independent_rows = true; // see tasks/rollout.hpp

    ParameterLayout layout;

    explicit Mlp(std::vector<std::int64_t> widths, Activation activation = Activation::tanh) : activation_(activation) {
        EGGROLL_EXPECTS(widths.size() >= 2, "Mlp with " + std::to_string(widths.size()) +
                                                " widths; give at least the number of inputs and of outputs");
        for (std::size_t index = 0; index + 1 < widths.size(); ++index) {
            std::string const name = "layer" + std::to_string(index) + ".";
            layers_.push_back({layout.matrix(name + "weight", widths[index + 1], widths[index]),
                               layout.vector(name + "bias", widths[index + 1])});
        }
    }

    /// x (row, inputs) -> (row, outputs); x is a plain array, members.shared(...) or members.per_group(...).
    template <class Members, class X>
    Array2<ValueOf<Storage>> forward(Members const& members, X const& x) const {
        auto y = members.linear(layers_.front().weight, layers_.front().bias, x);
        for (std::size_t index = 1; index < layers_.size(); ++index) {
            activate(members, y);
            y = members.linear(layers_[index].weight, layers_[index].bias, y);
        }
        return y;
    }

private:
    template <class Members>
    void activate(Members const& members, Array2<ValueOf<Storage>> y) const {
        switch (activation_) {
        case Activation::relu:
            return members.relu(y);
        case Activation::tanh:
            return members.tanh(y);
        case Activation::layer_norm_relu:
            return members.layer_norm_relu(y);
        }
    }

    struct Layer {
        Matrix weight; // (out, in)
        Vector bias;   // (out)
    };
    std::vector<Layer> layers_;
    Activation activation_;
};

} // namespace eggroll
