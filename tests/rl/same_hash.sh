#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same seed trains the same policy on 1, 2 and 4 threads, in slices of any size, and across a checkpoint.
. "$(dirname "$0")/common.sh"

for algorithm in eggroll openes; do
    run() {
        small_run --algorithm $algorithm "$@" > output.txt
    }
    for threads in 1 2 4; do
        OMP_NUM_THREADS=$threads run --json $threads.json
    done
    run --slice-members 2 --json slices.json
    run --seed 1 --json other.json
    run --common-random-numbers none --json own.json
    run --optimizer adamw --weight-decay 0 --json adamw.json
    run --optimizer adamw --weight-decay 1 --json decayed.json
    # Schedules end with the last generation, so constant ones.
    run --generations 2 --learning-rate-end 1 --checkpoint half
    run --load half --generations 5 --json resumed.json
    run --learning-rate-end 1 --json whole.json
    one=$(value parameter_hash 1.json)
    [ -n "$one" ] || fail "no parameter hash in the result"
    for same in 2 4 slices adamw; do
        [ "$one" = "$(value parameter_hash $same.json)" ] || fail "$algorithm: $same gives another hash than 1 thread and adam"
        [ "$(value return 1.json)" = "$(value return $same.json)" ] || fail "$same: another return"
    done
    [ "$(value parameter_hash whole.json)" = "$(value parameter_hash resumed.json)" ] ||
        fail "$algorithm: a resumed run is another one"
    for member in return steps; do
        [ "$(value $member whole.json)" = "$(value $member resumed.json)" ] || fail "resumed: another $member"
    done
    for other in other own decayed whole; do
        [ "$one" != "$(value parameter_hash $other.json)" ] || fail "$algorithm: $other gives the same hash"
    done
done
