#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same seed trains the same integers on 1, 2 and 4 threads, and another seed others.
. "$(dirname "$0")/common.sh"

for threads in 1 2 4; do
    OMP_NUM_THREADS=$threads small_run --generations 6 --checkpoint "" --log "$threads.jsonl" > /dev/null
done
small_run --generations 6 --checkpoint "" --log other.jsonl --seed 1 > /dev/null

one=$(hash_of 1.jsonl)
[ -n "$one" ] || fail "no parameter hash in the log"
[ "$one" = "$(hash_of 2.jsonl)" ] || fail "2 threads give another hash than 1"
[ "$one" = "$(hash_of 4.jsonl)" ] || fail "4 threads give another hash than 1"
[ "$one" != "$(hash_of other.jsonl)" ] || fail "another seed gives the same hash"
