// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

namespace eggroll {

/// Members of the slice that begins at member `begin`, which is even where pairs share a direction: whole groups, or a
/// part of one; about `target`, at least one direction.
inline std::int64_t slice_size_at(std::int64_t begin, std::int64_t population, std::int64_t group_size,
                                  std::int64_t members_per_direction, std::int64_t target) {
    std::int64_t const in_group = begin % group_size;
    if (in_group == 0 && target >= group_size) {
        return std::min(target / group_size * group_size, population - begin);
    }
    std::int64_t const pieces = (std::max<std::int64_t>(target, 1) + members_per_direction - 1) / members_per_direction;
    return std::min(pieces * members_per_direction, group_size - in_group);
}

/// How a population is cut: a slice is whole groups, or lies within one; it begins on a pair boundary. Results do not
/// depend on it.
class SlicePlan {
public:
    struct Range {
        std::int64_t begin;
        std::int64_t size;
    };

    /// Slices of about `target` members, at least one direction (`members_per_direction`) each. `group_size` divides
    /// the population and is a multiple of `members_per_direction`.
    SlicePlan(std::int64_t population, std::int64_t group_size, std::int64_t members_per_direction, std::int64_t target)
        : population_(population), group_(group_size) {
        std::int64_t const wanted = std::max<std::int64_t>(target, 1);
        if (wanted >= group_) {
            step_ = wanted / group_ * group_;
            return;
        }
        step_ = (wanted + members_per_direction - 1) / members_per_direction * members_per_direction;
        pieces_ = (group_ + step_ - 1) / step_;
    }

    std::int64_t count() const {
        return pieces_ > 0 ? population_ / group_ * pieces_ : (population_ + step_ - 1) / step_;
    }

    Range operator[](std::int64_t index) const {
        if (pieces_ > 0) {
            std::int64_t const first = index % pieces_ * step_; // within its group
            return {index / pieces_ * group_ + first, std::min(step_, group_ - first)};
        }
        return {index * step_, std::min(step_, population_ - index * step_)};
    }

private:
    std::int64_t population_;
    std::int64_t group_;
    std::int64_t step_ = 1;
    std::int64_t pieces_ = 0; // slices a group; 0: a slice holds whole groups
};

} // namespace eggroll
