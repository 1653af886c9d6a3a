#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C ends a run after its generation, writes what there is, and exits with 130.
. "$(dirname "$0")/common.sh"

# Not small_run: the signal is for the program, not for a shell around it.
"$program" --environment CartPole --population 16 --hidden 8 --generations 1000000000 --measurements 0 \
    --checkpoint kept --json kept.json > output.txt 2>&1 &
process=$!
sleep 1
kill -INT $process
status=0
wait $process || status=$?
[ $status -eq 130 ] || fail "the exit status is $status, not 130: $(cat output.txt)"
grep -q "checkpoint kept" output.txt || fail "no word of the checkpoint: $(cat output.txt)"
generations=$(value generations kept.json)
[ "$generations" -gt 0 ] || fail "no result: $(cat output.txt)"
"$program" --load kept --seconds 0.1 > resumed.txt || fail "the checkpoint does not load: $(cat resumed.txt)"
grep -q "resumed    after generation $generations" resumed.txt || fail "it did not resume: $(cat resumed.txt)"
