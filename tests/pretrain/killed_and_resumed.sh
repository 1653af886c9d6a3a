#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# However often a run is killed while it trains and writes checkpoints, the last complete checkpoint loads, and the run
# ends with the parameters of one that was never stopped.
. "$(dirname "$0")/common.sh"

generations=1000
small_run --generations $generations --checkpoint "" --log whole.jsonl > /dev/null

small_run --generations 1 --checkpoint broken --log broken.jsonl > /dev/null
kills=0
for pause in 0.05 0.08 0.11 0.14 0.17 0.2 0.07 0.09 0.13 0.15; do
    "$program" --resume --checkpoint broken --checkpoint-every 1 --generations $generations --sample 0 \
        --validate-every 5 --validation-bytes 1000 --log broken.jsonl > output.txt 2>&1 &
    process=$!
    sleep $pause
    if kill -9 $process 2> /dev/null; then
        kills=$((kills + 1))
    fi
    wait $process 2> /dev/null || true
    if grep -q "^pretrain:" output.txt; then
        fail "after $kills kills a run refused its checkpoint: $(cat output.txt)"
    fi
done
[ $kills -gt 0 ] || fail "every run ended before it was killed: nothing was tested"

"$program" --resume --checkpoint broken --generations $generations --sample 0 --validate-every 5 \
    --validation-bytes 1000 --log broken.jsonl > /dev/null
[ -n "$(hash_of whole.jsonl)" ] || fail "no parameter hash in the log"
[ "$(hash_of whole.jsonl)" = "$(hash_of broken.jsonl)" ] || fail "$kills kills changed the parameters"

# The log of the interrupted run has every generation once.
count=$(grep -c '"event":"generation"' broken.jsonl)
[ "$count" -eq $generations ] || fail "the log has $count generations, not $generations"
