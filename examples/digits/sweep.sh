#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Varies one setting of the recipe `quick` at a time, on a validation part of the training digits: the tables of
# docs/recipes.md. Called as: sweep.sh DIGITS DATA [SEEDS [OPTION...]]; SEEDS is a list like "0 1 2".
set -eu
digits=$1
data=$2
seeds=${3:-0 1 2}
if [ $# -gt 3 ]; then shift 3; else shift $#; fi
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# vary OPTION...: one row with the means over the seeds, and the lowest and highest accuracy.
fixed="$*"
vary() {
    for seed in $seeds; do
        # shellcheck disable=SC2086 # options are words
        "$digits" --data "$data" --recipe quick --validation 1000 $fixed "$@" --seed "$seed" \
            --json "$results/$seed.json" > "$results/output.txt"
    done
    for seed in $seeds; do
        sed 's/.*"validation_accuracy":\([^,]*\),"log_likelihood":\([^,]*\),"seconds":\([^,]*\),.*/\1 \2 \3/' \
            "$results/$seed.json"
    done | awk -v what="${*:-as it is}" '
        { sum += $1; likelihood += $2; seconds += $3 }
        NR == 1 || $1 < low { low = $1 }
        NR == 1 || $1 > high { high = $1 }
        END { printf "| `%s` | %.1f (%.1f to %.1f) | %.3f | %.1f |\n", what, 100 * sum / NR, 100 * low, 100 * high,
                     likelihood / NR, seconds / NR }'
}

table() {
    printf '\n%s\n\n| %s | accuracy, %% | log-likelihood | seconds |\n|---|---|---|---|\n' "## $1" "$2"
}

table "The recipe" quick
vary
table Sigma option
for sigma in 0.005 0.02 0.1 0.2; do vary --sigma $sigma; done
table "Learning rate and its decay" option
for rate in 0.003 0.03; do vary --learning-rate $rate; done
for end in 1 0.02; do vary --learning-rate-end $end; done
table Budget option
vary --generations 250
vary --generations 4000
vary --generations 4000 --learning-rate-end 0.02
table "Population, at equal evaluations" option
vary --population 128 --generations 4000
vary --population 2048 --generations 250
table Batch option
for batch in 32 512; do vary --batch $batch; done
table "Fitness shaping" option
for shaping in standardize pair_sign identity; do vary --shaping $shaping; done
table Reward option
for reward in squared_error accuracy; do vary --reward $reward; done
table Rank option
for rank in 4 16; do vary --rank $rank; done
vary --perturbation fullrank
table Optimizer option
for rate in 0.01 0.03; do vary --optimizer sgd --learning-rate $rate; done
for rate in 0.003 0.01; do vary --optimizer momentum --learning-rate $rate; done
table Network option
vary --activation relu
for hidden in 32 256 64,64; do vary --hidden $hidden; done
