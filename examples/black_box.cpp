// SPDX-License-Identifier: Apache-2.0
// Optimises a program that takes a dense Eigen matrix, knows nothing of eggroll, and may fail: the gain of a controller
// that keeps coupled pendulums upright.

#include <eggroll/eggroll.hpp>

#include <Eigen/Dense>

#include <cstdio>
#include <limits>
#include <stdexcept>
#include <vector>

namespace {

constexpr Eigen::Index pendulums = 8;

/// The black box: what eight seconds under the forces -gain * state cost. Throws when the pendulums fall over, returns
/// NaN when the drives switch themselves off.
double cost_of(Eigen::MatrixXd const& gain) { // (pendulum, angle or speed)
    constexpr double seconds = 0.02;
    Eigen::VectorXd angle = Eigen::VectorXd::LinSpaced(pendulums, -1, 1.5);
    Eigen::VectorXd speed = Eigen::VectorXd::Zero(pendulums);
    double cost = 0;
    for (int step = 0; step < 400; ++step) {
        Eigen::VectorXd const force = -gain.leftCols(pendulums) * angle - gain.rightCols(pendulums) * speed;
        if (force.norm() > 30) {
            return std::numeric_limits<double>::quiet_NaN();
        }
        Eigen::VectorXd push = 3 * angle + force; // gravity, and springs between neighbours:
        push.head(pendulums - 1) += angle.tail(pendulums - 1) - angle.head(pendulums - 1);
        push.tail(pendulums - 1) += angle.head(pendulums - 1) - angle.tail(pendulums - 1);
        cost += seconds * (angle.squaredNorm() + 0.1 * force.squaredNorm());
        speed += seconds * push;
        angle += seconds * speed;
        if (angle.norm() > 10) {
            throw std::runtime_error("the pendulums fell over");
        }
    }
    return cost;
}

/// The search space: one matrix, zero at first.
struct Controller {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Matrix gain = layout.matrix("gain", pendulums, 2 * pendulums, eggroll::Initial::zero());
};

/// eggroll's arrays are row-major; Eigen reads and writes them where they are.
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
Eigen::Map<RowMajor> as_eigen(eggroll::Array2<float> const& array) {
    return {array.data, array.rows, array.columns};
}

} // namespace

int main() {
    Kokkos::ScopeGuard const kokkos;
    eggroll::EvolutionStrategy es{Controller{},
                                  eggroll::LowRank<1>{.sigma = eggroll::Schedule::exponential(0.5, 0.98)},
                                  eggroll::Adam{.learning_rate = eggroll::Schedule::exponential(0.1, 0.98)},
                                  {.population = 64, .seed = 1}};
    auto const gain = es.model().gain;

    // In: begin with a controller that works, if badly.
    auto const mean = es.host_parameters();
    as_eigen(mean[gain]).leftCols(pendulums).setIdentity() *= 4;
    as_eigen(mean[gain]).rightCols(pendulums).setIdentity();
    Kokkos::deep_copy(es.parameters().values(), mean.values());
    es.resume_at(0);
    double const first = cost_of(as_eigen(mean[gain]).cast<double>());

    eggroll::Parameters<float> const parameters(es.layout()); // one member's
    std::vector<double> fitness(static_cast<std::size_t>(es.options().population));
    long long failed = 0;
    for (int generation = 1; generation <= 200; ++generation) {
        auto const asked = es.ask();
        for (std::int64_t member = 0; member < asked.size(); ++member) {
            asked.materialize(member, parameters);
            double& result = fitness[static_cast<std::size_t>(member)];
            try {
                result = -cost_of(as_eigen(parameters[gain]).cast<double>()); // larger is better
            } catch (std::runtime_error const&) {
                result = std::numeric_limits<double>::quiet_NaN(); // no result, no vote
            }
        }
        auto const report = es.tell(fitness);
        failed += report.failed_members;
        if (generation % 20 == 0) {
            std::printf("generation %3d  cost %7.4f  %lld evaluations failed so far\n", generation,
                        -report.fitness_mean, failed);
        }
    }

    // Out: the gain as a matrix of one's own.
    Eigen::MatrixXd const found = as_eigen(es.host_parameters()[gain]).cast<double>();
    double const reached = cost_of(found);
    std::printf("cost %.4f at first, %.4f now; the best there is, by Riccati's equation: 9.4026\n", first, reached);
    return reached < 9.41 ? 0 : 1;
}
