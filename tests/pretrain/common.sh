# SPDX-License-Identifier: Apache-2.0
# What the tests of the program pretrain share.
. "$(dirname "$0")/../support/program.sh"

# A text of our own, so that the tests do not depend on what the machine has.
awk 'BEGIN { for (i = 0; i < 4000; ++i) printf "line %d of a text, %d squared is %d\n", i, i % 97, (i % 97) ^ 2 }' > text.txt

# A run small enough for a test. Further options override.
small_run() {
    "$program" --text text.txt --population 64 --layers 2 --width 16 --tokens-per-update 20 --sample 20 \
        --validate-every 5 --validation-bytes 1000 "$@"
}

# The parameter hash that a log ends with.
hash_of() {
    sed -n 's/.*"event":"end".*"parameter_hash":"\([0-9a-f]*\)".*/\1/p' "$1" | tail -n 1
}
