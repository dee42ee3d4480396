# What `cmake --install` puts in place: the library, its headers, and a CMake package that brings along the find modules
# for what ships none. The package is the same for a static and a shared library: which one it was decides what the
# package looks for (see kommanderConfig.cmake.in).
include(CMakePackageConfigHelpers)
set(kommander_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/kommander")

# kommander_install(<target> [<component>]): installs <target> and its package. With a component it is left out of a plain
# `cmake --install`.
function(kommander_install target)
  set(component "")
  set(name kommander)
  if(ARGC GREATER 1)
    set(component COMPONENT ${ARGV1} EXCLUDE_FROM_ALL)
    set(name ${ARGV1})
  endif()
  get_target_property(type ${target} TYPE)
  set(kommander_is_static FALSE)
  if(type STREQUAL "STATIC_LIBRARY")
    set(kommander_is_static TRUE)
  endif()
  set(generated "${PROJECT_BINARY_DIR}/package/${name}")
  configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/kommanderConfig.cmake.in"
                                "${generated}/kommanderConfig.cmake" INSTALL_DESTINATION "${kommander_package_dir}")
  write_basic_package_version_file("${generated}/kommanderConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
  install(TARGETS ${target} EXPORT ${name}-targets
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" ${component}
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" ${component})
  install(EXPORT ${name}-targets FILE kommanderTargets.cmake NAMESPACE kommander::
          DESTINATION "${kommander_package_dir}" ${component})
  install(FILES "${generated}/kommanderConfig.cmake" "${generated}/kommanderConfigVersion.cmake"
          "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindxxHash.cmake"
          DESTINATION "${kommander_package_dir}" ${component})
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/kommander" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
          ${component} FILES_MATCHING PATTERN "*.hpp")
endfunction()

kommander_install(kommander)
