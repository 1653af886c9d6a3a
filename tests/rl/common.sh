# SPDX-License-Identifier: Apache-2.0
# What the tests of the program rl share.
. "$(dirname "$0")/../support/program.sh"

# A run small enough for a test. Further options override.
small_run() {
    "$program" --environment Pendulum --normalize true --population 16 --episodes 2 --hidden 8 --generations 5 \
        --test-episodes 5 "$@"
}

# value NAME FILE: a number or string of each result, settings left out.
value() {
    sed -n "s/,\"settings\":.*//; s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" "$2"
}
