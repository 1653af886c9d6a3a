# SPDX-License-Identifier: Apache-2.0
# MuJoCo's C library and headers, as the target mujoco::mujoco. Mujoco_ROOT helps find them (an unpacked release, say), or
# MUJOCO_LIBRARY and MUJOCO_INCLUDE_DIR (the directory that holds mujoco/mujoco.h) name them.

find_path(MUJOCO_INCLUDE_DIR mujoco/mujoco.h)
find_library(MUJOCO_LIBRARY mujoco)
mark_as_advanced(MUJOCO_INCLUDE_DIR MUJOCO_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Mujoco REQUIRED_VARS MUJOCO_LIBRARY MUJOCO_INCLUDE_DIR)

if(Mujoco_FOUND AND NOT TARGET mujoco::mujoco)
    add_library(mujoco::mujoco UNKNOWN IMPORTED)
    set_target_properties(mujoco::mujoco PROPERTIES
        IMPORTED_LOCATION "${MUJOCO_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${MUJOCO_INCLUDE_DIR}")
endif()
