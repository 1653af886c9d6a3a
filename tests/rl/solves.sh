#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The recipes of CartPole, Pendulum and Knapsack reach their marks, with this seed on any machine of one instruction set.
. "$(dirname "$0")/common.sh"

# solves ENVIRONMENT MARK OPTION...
solves() {
    environment=$1
    mark=$2
    shift 2
    "$program" --environment "$environment" --json "$environment.json" "$@" > output.txt
    reached=$(value return "$environment.json")
    awk "BEGIN { exit !($reached >= $mark) }" || fail "$environment: $reached instead of $mark: $(cat output.txt)"
}
solves CartPole 500
solves Pendulum -200
solves Knapsack 19.5
