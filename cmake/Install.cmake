# SPDX-License-Identifier: Apache-2.0
# cmake --install, and what find_package(eggroll) then reads.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(eggroll_config_directory "${CMAKE_INSTALL_DATADIR}/cmake/eggroll")

install(TARGETS eggroll EXPORT eggrollTargets FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT eggrollTargets NAMESPACE eggroll:: DESTINATION "${eggroll_config_directory}")
if(EGGROLL_ENABLE_IO)
    # Its own export, read only when the component is asked for: plain find_package(eggroll) must not need nlohmann_json.
    install(TARGETS eggroll_io EXPORT eggrollIoTargets FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(EXPORT eggrollIoTargets NAMESPACE eggroll:: DESTINATION "${eggroll_config_directory}")
endif()
if(TARGET eggroll_mujoco)
    install(TARGETS eggroll_mujoco EXPORT eggrollMujocoTargets FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(EXPORT eggrollMujocoTargets NAMESPACE eggroll:: DESTINATION "${eggroll_config_directory}")
    install(FILES "${CMAKE_CURRENT_LIST_DIR}/FindMujoco.cmake" DESTINATION "${eggroll_config_directory}")
endif()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/eggrollConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/eggrollConfig.cmake" INSTALL_DESTINATION "${eggroll_config_directory}"
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/eggrollConfigVersion.cmake"
    COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/eggrollConfig.cmake" "${PROJECT_BINARY_DIR}/eggrollConfigVersion.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/CudaArchitecture.cmake" DESTINATION "${eggroll_config_directory}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/eggroll")
