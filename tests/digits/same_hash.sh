#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same seed trains the same network on 1, 2 and 4 threads, and whether members share the digits or have copies.
. "$(dirname "$0")/common.sh"

for perturbation in lowrank fullrank; do
    for threads in 1 2 4; do
        OMP_NUM_THREADS=$threads small_run --perturbation $perturbation --json $threads.json > output.txt
    done
    small_run --perturbation $perturbation --input per_member --json copies.json > output.txt
    small_run --perturbation $perturbation --seed 1 --json other.json > output.txt
    one=$(value parameter_hash 1.json)
    [ -n "$one" ] || fail "no parameter hash in the result"
    for run in 2 4 copies; do
        [ "$one" = "$(value parameter_hash $run.json)" ] || fail "$perturbation: $run gives another hash than 1 thread"
        [ "$(value test_accuracy 1.json)" = "$(value test_accuracy $run.json)" ] || fail "$run: another accuracy"
    done
    [ "$one" != "$(value parameter_hash other.json)" ] || fail "$perturbation: another seed gives the same hash"
done
