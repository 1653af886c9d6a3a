# SPDX-License-Identifier: Apache-2.0
# Helpers of tests/CMakeLists.txt.

include_guard()

# eggroll_add_test(<name> <source>... [LABELS <label>...] [THREADS <n>...] [LINK <target>...] [SKIP_WITH_SANITIZERS])
#
# A Catch2 program and its ctest. THREADS runs the program once more for every thread count, as <name>_threads_<n> with the
# label `threads`; the plain test runs with two. The label `slow` keeps a test out of the quick presets, SKIP_WITH_SANITIZERS out
# of the sanitizer build altogether (for what takes minutes there and shows nothing new).
# Threads wait passively: tests share the cores, and a spinning one would take them from those that work.
function(eggroll_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "SKIP_WITH_SANITIZERS" "" "LABELS;THREADS;LINK")
    if(EGGROLL_ENABLE_SANITIZERS AND arg_SKIP_WITH_SANITIZERS)
        return()
    endif()
    add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE eggroll_test_main ${arg_LINK})
    target_precompile_headers(${name} REUSE_FROM eggroll_test_main)

    _eggroll_add_ctest(${name} ${name} 2 "${arg_LABELS}")
    foreach(threads IN LISTS arg_THREADS)
        _eggroll_add_ctest(${name}_threads_${threads} ${name} ${threads} "${arg_LABELS};threads")
    endforeach()
endfunction()

function(_eggroll_add_ctest name target threads labels)
    add_test(NAME ${name} COMMAND ${target} --rng-seed 1)
    set_tests_properties(${name} PROPERTIES
        ENVIRONMENT "OMP_NUM_THREADS=${threads};OMP_PROC_BIND=false;OMP_WAIT_POLICY=passive"
        PROCESSORS ${threads}
        LABELS "${labels}"
        TIMEOUT 600)
endfunction()

# eggroll_add_program_test(<name> <program>): the script tests/<program>/<name>.sh, called with the example's executable and a
# directory of its own.
function(eggroll_add_program_test name program)
    add_test(NAME ${program}_${name}
        COMMAND sh "${CMAKE_CURRENT_SOURCE_DIR}/${program}/${name}.sh" $<TARGET_FILE:${program}>
                "${CMAKE_CURRENT_BINARY_DIR}/${program}_${name}")
    _eggroll_set_program_properties(${program}_${name})
endfunction()

# eggroll_add_exit_code_test(<name> <program> <argument>...): an example that judges itself.
function(eggroll_add_exit_code_test name program)
    add_test(NAME ${name} COMMAND ${program} ${ARGN})
    _eggroll_set_program_properties(${name})
endfunction()

function(_eggroll_set_program_properties name)
    set_tests_properties(${name} PROPERTIES
        ENVIRONMENT "OMP_NUM_THREADS=2;OMP_PROC_BIND=false;OMP_WAIT_POLICY=passive" PROCESSORS 2 LABELS program TIMEOUT 600)
endfunction()
