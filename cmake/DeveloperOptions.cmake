# SPDX-License-Identifier: Apache-2.0
# How our own tests, examples and benchmarks are compiled. Consumers of the library never see these flags.

include_guard()

add_library(eggroll_developer_options INTERFACE)
target_compile_options(eggroll_developer_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(EGGROLL_WARNINGS_AS_ERRORS)
    target_compile_options(eggroll_developer_options INTERFACE -Werror)
endif()
if(EGGROLL_ENABLE_CUDA)
    # A host function called in device code: nvcc warns, and the program fails when it runs.
    target_compile_options(eggroll_developer_options INTERFACE --Werror=cross-execution-space-call)
endif()
if(EGGROLL_ENABLE_SANITIZERS)
    target_compile_options(eggroll_developer_options INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(eggroll_developer_options INTERFACE -fsanitize=address,undefined)
endif()
