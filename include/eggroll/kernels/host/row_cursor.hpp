// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::host::detail {

/// Walks the rows of a slice from the first on, and knows what `MemberRows` and `Input` say of each: they divide for
/// it, which for short rows takes longer than the product.
class RowCursor {
public:
    template <class T>
    RowCursor(Input<T> const& x, MemberRows const& members)
        : rows_per_member_(members.rows_per_member), members_per_direction_(members.members_per_direction),
          members_per_block_(x.members_per_block), baseline_period_(members.baseline_period),
          baseline_members_(members.baseline_period != 0 ? members.members_per_direction : 0),
          member_in_period_(members.baseline_period != 0 ? members.first_member % members.baseline_period : 0),
          first_in_period_(member_in_period_), selected_(members.selected) {
        if (selected_ != nullptr) {
            go_to(*selected_);
        }
    }

    std::int64_t direction() const { return direction_; }
    int sign() const {
        if (member_in_period_ < baseline_members_) {
            return 0;
        }
        return member_in_direction_ == 1 ? -1 : 1;
    }
    std::int64_t data_row() const { return first_data_row_ + sample_; }

    /// Whether this is the second member of a pair, and the first reads the same data.
    bool mirrors_sibling() const { return member_in_direction_ == 1 && member_in_block_ > 0; }

    void advance() {
        if (++sample_ != rows_per_member_) {
            return;
        }
        sample_ = 0;
        if (selected_ != nullptr) {
            first_data_row_ += rows_per_member_;
            return go_to(*++selected_);
        }
        if (++member_in_direction_ == members_per_direction_) {
            member_in_direction_ = 0;
            ++direction_;
        }
        if (++member_in_block_ == members_per_block_) {
            member_in_block_ = 0;
            first_data_row_ += rows_per_member_;
        }
        if (++member_in_period_ == baseline_period_) {
            member_in_period_ = 0;
        }
    }

private:
    void go_to(std::int64_t member) {
        direction_ = member / members_per_direction_;
        member_in_direction_ = member % members_per_direction_;
        if (baseline_period_ != 0) {
            member_in_period_ = (first_in_period_ + member) % baseline_period_;
        }
    }

    std::int64_t rows_per_member_;
    std::int64_t members_per_direction_;
    std::int64_t members_per_block_;
    std::int64_t baseline_period_;  // 0: none
    std::int64_t baseline_members_; // unperturbed ones of a period
    std::int64_t member_in_period_;
    std::int64_t first_in_period_;
    std::int32_t const* selected_;
    std::int64_t sample_ = 0; // row within the member
    std::int64_t member_in_direction_ = 0;
    std::int64_t member_in_block_ = 0;
    std::int64_t direction_ = 0;
    std::int64_t first_data_row_ = 0; // of the block of members
};

} // namespace eggroll::kernels::host::detail
