# SPDX-License-Identifier: Apache-2.0
# What eggroll builds on. Each dependency is looked for with find_package; only if it is missing is its source fetched.
# A target that the surrounding project already has is used as it is.

include_guard()
include("${CMAKE_CURRENT_LIST_DIR}/FetchSource.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/CudaArchitecture.cmake")

set(EGGROLL_KOKKOS_MINIMUM 5.0.2)

function(eggroll_require_kokkos)
    if(TARGET Kokkos::kokkos)
        return()
    endif()
    find_package(Kokkos ${EGGROLL_KOKKOS_MINIMUM} CONFIG QUIET GLOBAL)
    if(Kokkos_FOUND)
        message(STATUS "eggroll: Kokkos ${Kokkos_VERSION} in ${Kokkos_DIR} (${Kokkos_DEVICES})")
        if(EGGROLL_ENABLE_CUDA AND NOT "CUDA" IN_LIST Kokkos_DEVICES)
            message(FATAL_ERROR "EGGROLL_ENABLE_CUDA is on, but the Kokkos in ${Kokkos_DIR} was built for ${Kokkos_DEVICES}. "
                                "Build Kokkos with Kokkos_ENABLE_CUDA, or take that one out of CMAKE_PREFIX_PATH.")
        endif()
        return()
    endif()

    option(Kokkos_ENABLE_SERIAL "" ON)
    if(NOT DEFINED Kokkos_ENABLE_OPENMP)
        find_package(OpenMP QUIET COMPONENTS CXX)
        option(Kokkos_ENABLE_OPENMP "" ${OpenMP_CXX_FOUND})
    endif()
    if(EGGROLL_ENABLE_CUDA)
        option(Kokkos_ENABLE_CUDA "" ON)
        eggroll_choose_kokkos_architecture()
    endif()
    eggroll_add_source(Kokkos kokkos-5.0.2
        ARCHIVE kokkos-5.0.2.tar.gz 188817bb452ca805ee8701f1c5adbbb4fb83dc8d1c50624566a18a719ba0fa5e
            https://github.com/kokkos/kokkos/releases/download/5.0.2/kokkos-5.0.2.tar.gz
            pool/main/k/kokkos/kokkos_5.0.2.orig.tar.gz)
endfunction()

function(eggroll_require_nlohmann_json)
    if(TARGET nlohmann_json::nlohmann_json)
        return()
    endif()
    find_package(nlohmann_json 3.11 CONFIG QUIET GLOBAL)
    if(NOT nlohmann_json_FOUND)
        eggroll_add_headers(nlohmann_json::nlohmann_json nlohmann_json single_include nlohmann_json-3.11.2
            ARCHIVE nlohmann_json-3.11.2.tar.gz d69f9deb6a75e2580465c6c4c5111b89c4dc2fa94e3a85fcd2ffcd9a143d9273
                https://github.com/nlohmann/json/archive/refs/tags/v3.11.2.tar.gz
                pool/main/n/nlohmann-json3/nlohmann-json3_3.11.2.orig.tar.gz)
    endif()
endfunction()

# Never fetched. Without it there is no target mujoco::mujoco.
function(eggroll_find_mujoco)
    if(TARGET mujoco::mujoco OR NOT EGGROLL_ENABLE_MUJOCO)
        return()
    endif()
    list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_FUNCTION_LIST_DIR}")
    find_package(Mujoco MODULE QUIET GLOBAL)
    if(Mujoco_FOUND)
        message(STATUS "eggroll: MuJoCo in ${MUJOCO_LIBRARY}")
    elseif(EGGROLL_ENABLE_MUJOCO STREQUAL "AUTO")
        message(STATUS "eggroll: no MuJoCo, so no eggroll::mujoco and no tests of it (libmujoco-dev, or Mujoco_ROOT)")
    else()
        message(FATAL_ERROR "EGGROLL_ENABLE_MUJOCO is ${EGGROLL_ENABLE_MUJOCO}, but there is no MuJoCo. "
                            "Install libmujoco-dev, or set Mujoco_ROOT to a release's directory.")
    endif()
endfunction()

function(eggroll_require_cli11)
    if(TARGET CLI11::CLI11)
        return()
    endif()
    find_package(CLI11 2.1 CONFIG QUIET GLOBAL)
    if(NOT CLI11_FOUND)
        eggroll_add_headers(CLI11::CLI11 CLI11 include CLI11-2.1.2
            ARCHIVE CLI11-2.1.2.tar.gz 26291377e892ba0e5b4972cdfd4a2ab3bf53af8dac1f4ea8fe0d1376b625c8cb
                https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.1.2.tar.gz
            # The distribution's archive leaves some documentation out, hence its own hash.
            ARCHIVE cli11_2.1.2+ds.orig.tar.xz 8143d20b688e98ccce8e24562d3b68e5f47c12e896c42c7ca8553dbde5bed55d
                pool/main/c/cli11/cli11_2.1.2+ds.orig.tar.xz)
    endif()
endfunction()

function(eggroll_require_eigen)
    if(TARGET Eigen3::Eigen)
        return()
    endif()
    find_package(Eigen3 3.4 CONFIG QUIET GLOBAL)
    if(NOT Eigen3_FOUND)
        eggroll_add_headers(Eigen3::Eigen Eigen3 . eigen-3.4.0
            ARCHIVE eigen-3.4.0.tar.bz2 b4c198460eba6f28d34894e3a5710998818515104d6e74e5cc331ce31e46e626
                https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.bz2
                pool/main/e/eigen3/eigen3_3.4.0.orig.tar.bz2)
    endif()
endfunction()

function(eggroll_require_zlib)
    if(TARGET ZLIB::ZLIB)
        return()
    endif()
    find_package(ZLIB 1.2.11 QUIET GLOBAL)
    if(NOT ZLIB_FOUND)
        if(NOT FETCHCONTENT_SOURCE_DIR_ZLIB)
            eggroll_fetch_source(FETCHCONTENT_SOURCE_DIR_ZLIB zlib-1.3.1
                ARCHIVE zlib-1.3.1.tar.gz 9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23
                    https://github.com/madler/zlib/releases/download/v1.3.1/zlib-1.3.1.tar.gz
                # The distribution's archive leaves some files out, hence its own hash.
                ARCHIVE zlib_1.3.dfsg+really1.3.1.orig.tar.gz 60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb
                    pool/main/z/zlib/zlib_1.3.dfsg+really1.3.1.orig.tar.gz)
        endif()
        set(ZLIB_SOURCE "${FETCHCONTENT_SOURCE_DIR_ZLIB}")
        add_subdirectory("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/zlib" "${CMAKE_BINARY_DIR}/_zlib" EXCLUDE_FROM_ALL)
    endif()
endfunction()

function(eggroll_require_catch2)
    if(TARGET Catch2::Catch2)
        return()
    endif()
    # The version rules out 2.x, which some distributions still call catch2.
    find_package(Catch2 3.7.1 CONFIG QUIET GLOBAL)
    if(NOT Catch2_FOUND)
        eggroll_add_source(Catch2 Catch2-3.7.1
            ARCHIVE Catch2-3.7.1.tar.gz c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c
                https://github.com/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz
                pool/main/c/catch2/catch2_3.7.1.orig.tar.gz)
        # One hundred small files that each read the same headers build several times sooner together.
        set_target_properties(Catch2 PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 25)
    endif()
endfunction()

function(eggroll_require_benchmark)
    if(TARGET benchmark::benchmark)
        return()
    endif()
    # Older packages were built without NDEBUG, and say so in every report.
    find_package(benchmark 1.8 CONFIG QUIET GLOBAL)
    if(NOT benchmark_FOUND)
        option(BENCHMARK_ENABLE_TESTING "" OFF)
        option(BENCHMARK_ENABLE_INSTALL "" OFF)
        option(BENCHMARK_ENABLE_WERROR "" OFF)
        option(BENCHMARK_INSTALL_DOCS "" OFF)
        eggroll_add_source(benchmark benchmark-1.9.1
            ARCHIVE benchmark-1.9.1.tar.gz 32131c08ee31eeff2c8968d7e874f3cb648034377dfc32a4c377fa8796d84981
                https://github.com/google/benchmark/archive/refs/tags/v1.9.1.tar.gz
                pool/main/b/benchmark/benchmark_1.9.1.orig.tar.gz)
    endif()
endfunction()
