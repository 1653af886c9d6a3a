// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Plain models of the shapes that the MuJoCo environments need, so that their tests run without anyone's model files.

#include <eggroll/tasks/environments/mujoco/ant.hpp>
#include <eggroll/tasks/environments/mujoco/half_cheetah.hpp>
#include <eggroll/tasks/environments/mujoco/inverted_double_pendulum.hpp>

#include <string>

namespace eggroll::testing {

/// A rod along x, with a joint named after `name` unless that is "", and at its end `inner`, other bodies.
inline std::string rod(std::string const& name, std::string const& inner) {
    std::string const joint =
        name.empty()
            ? ""
            : R"(<joint type="hinge" axis="0 1 0" damping="1" armature="0.1" range="-1 1" limited="true" name=")" +
                  name + "\"/>";
    return R"(<body pos="0.2 0 0">)" + joint + R"(<geom type="capsule" fromto="0 0 0 0.2 0 0" size="0.05"/>)" + inner +
           "</body>";
}

/// A model in MuJoCo's XML: `root` (joints) and `limbs` of a ball above the floor, and a motor for each joint in
/// `driven`.
inline std::string model(std::string const& root, std::string const& limbs, std::string const& driven) {
    std::string motors;
    for (char const name : driven) {
        motors += std::string(R"(<motor gear="5" ctrllimited="true" ctrlrange="-1 1" joint=")") + name + "\"/>";
    }
    return R"(<mujoco><compiler angle="radian"/><option timestep="0.01" integrator="RK4"/>
<default><geom contype="1" conaffinity="0" density="300"/></default>
<worldbody><geom type="plane" size="9 9 1" contype="0" conaffinity="1"/><body pos="0 0 0.5">)" +
           root + R"(<geom type="sphere" size="0.2"/>)" + limbs + "</body></worldbody><actuator>" + motors +
           "</actuator></mujoco>";
}

/// A model that the environment E takes, of the time step that Gymnasium's has.
template <class E>
std::string plain_model();

template <>
inline std::string plain_model<environments::InvertedDoublePendulum>() {
    return model(R"(<joint type="slide" axis="1 0 0" limited="true" range="-1 1" name="a"/>)",
                 rod("b", rod("c", R"(<site pos="0.2 0 0"/>)")), "a");
}
template <>
inline std::string plain_model<environments::HalfCheetah>() {
    return model(R"(<joint type="slide" axis="1 0 0"/><joint type="slide" axis="0 0 1"/><joint axis="0 1 0"/>)",
                 rod("a", rod("b", rod("c", ""))) + rod("d", rod("e", rod("f", ""))), "abcdef");
}
template <>
inline std::string plain_model<environments::Ant>() {
    std::string limbs;
    for (char const* joints : {"ab", "cd", "ef", "gh"}) {
        limbs += rod("", rod({joints[0]}, rod({joints[1]}, "")));
    }
    return model("<freejoint/>", limbs, "abcdefgh");
}

} // namespace eggroll::testing
