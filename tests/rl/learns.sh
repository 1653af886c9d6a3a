#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# EGGROLL and OpenES learn to balance a pole, and say so on all outputs.
. "$(dirname "$0")/common.sh"

for algorithm in eggroll openes; do
    "$program" --environment CartPole --algorithm $algorithm --normalize true --sigma 0.2 --population 128 --hidden 16 \
        --generations 40 --seeds 2 \
        --measurements 3 --test-episodes 10 --json $algorithm.json --curve $algorithm.csv > output.txt
    [ "$(grep -c . $algorithm.json)" = 2 ] || fail "two seeds are two results: $(cat $algorithm.json)"
    for member in environment seed return lowest_return highest_return generations steps seconds evaluate_seconds \
        forward_thread_seconds environment_thread_seconds update_seconds failed_members parameter_hash settings; do
        [ "$(grep -c "\"$member\":" $algorithm.json)" = 2 ] || fail "the results have no $member: $(cat $algorithm.json)"
    done
    for reached in $(value return $algorithm.json); do
        awk "BEGIN { exit !($reached > 400) }" || fail "$algorithm balances for $reached steps: $(cat output.txt)"
    done
    grep -q "median of 2 seeds" output.txt || fail "no median: $(cat output.txt)"
    [ "$(grep -c . $algorithm.csv)" = 7 ] || fail "3 measurements of 2 seeds and a headline: $(cat $algorithm.csv)"
done

# One generation does not.
"$program" --environment CartPole --normalize true --population 128 --hidden 16 --generations 1 \
    --json short.json > output.txt
awk "BEGIN { exit !($(value return short.json) < 200) }" || fail "learned in one generation: the test is too easy"

# An episode in pictures, which are text where there is no terminal.
for environment in CartPole Acrobot MountainCarContinuous Pendulum DoorKey FourRooms DynamicObstacles \
    DoorKeyEgocentric FourRoomsEgocentric DynamicObstaclesEgocentric Snake Game2048 Knapsack; do
    small_run --environment $environment --generations 1 --render > output.txt
    [ "$(grep -c "^step " output.txt)" -ge 2 ] || fail "nothing to be seen of $environment: $(cat output.txt)"
    grep -q "^step 0  return 0.00" output.txt || fail "$environment does not begin at 0: $(cat output.txt)"
    if grep -q "$(printf '\033')" output.txt; then fail "control characters without a terminal"; fi
done

# A policy of one layer, and an episode that training cuts short.
"$program" --environment Pendulum --hidden 0 --population 16 --episodes 2 --max-steps 3 --generations 2 \
    --json linear.json > output.txt
grep -q "policy     4 parameters" output.txt || fail "not a policy of one layer: $(cat output.txt)"
[ "$(value steps linear.json)" = $((2 * 16 * 2 * 3)) ] || fail "not 3 steps each: $(cat linear.json)"

# A success is a return above 0: in this environment of returns 0 and 1 their mean. Others have none to tell.
small_run --environment DynamicObstaclesEgocentric --test-episodes 50 --json goal.json > output.txt
[ "$(value success_rate goal.json)" = "$(value return goal.json)" ] || fail "the rate of successes: $(cat goal.json)"
grep -q "success rate" output.txt || fail "no success rate: $(cat output.txt)"
awk "BEGIN { exit !($(value return goal.json) > 0) }" || fail "no success in 50 episodes: the test sees nothing"
if grep -q success_rate short.json; then fail "CartPole has no goal: $(cat short.json)"; fi

# Time ends a run.
small_run --generations 1000000000 --measurements 0 --seconds 0.2 --json time.json > output.txt
[ "$(value generations time.json)" -gt 0 ] || fail "--seconds 0.2: $(cat time.json)"
