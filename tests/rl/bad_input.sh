#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What can't be run gets a message that names it, and an exit status other than 0.
. "$(dirname "$0")/common.sh"

refused 'no environment is called "Chess"; there are: CartPole, Acrobot' --environment Chess
refused "population is 15" --population 15
refused "rank is 0" --rank 0
refused "sigma is 0" --sigma 0
refused "learning-rate is 0" --learning-rate 0
refused "episodes is 0" --episodes 0
refused "in_turn is 3; it must divide the 8 episodes" --episodes 8 --in-turn 3
refused "weight-decay is -1" --weight-decay -1
refused "test-episodes is 0" --test-episodes 0
refused "generations is 0" --generations 0
refused "hidden is 0" --hidden 16,0
refused "discount is 2" --discount 2
refused "max_steps is -1" --max-steps -1
refused "there is no --view actions of CartPole" --environment CartPole --view actions
refused "view" --view none
refused "seeds is 0" --seeds 0
refused "algorithm" --algorithm ppo
refused "shaping" --shaping none
refused "nonsense" --nonsense 3
refused "nowhere/result.json" --json nowhere/result.json
refused "nowhere/curve.csv" --curve nowhere/curve.csv
refused "for one seed, not for --seeds 2" --seeds 2 --checkpoint kept
refused "nowhere" --load nowhere
small_run --checkpoint kept > output.txt
refused "shape" --load kept --hidden 9
head -c 300 kept > cut
refused "cut" --load cut

"$program" --help > help.txt || fail "--help fails"
for option in environment algorithm rank view hidden activation normalize population sigma optimizer weight-decay learning-rate shaping \
    episodes in-turn common-random-numbers actions test-actions discount max-steps generations seconds seeds json curve checkpoint load render; do
    grep -q -e "--$option" help.txt || fail "--help does not name --$option"
done
