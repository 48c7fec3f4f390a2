# libdeflate, which inflates .gz files several times as fast as zlib: the system's, else built from
# its sources and linked statically. They come out of an sdist on PyPI, because that is the one
# registry that every build of a Python package reaches anyway; libdeflate.txt holds its hash.

set(DIGITCLI_LIBDEFLATE "AUTO" CACHE STRING
  "libdeflate: AUTO (SYSTEM, else BUNDLED, else zlib at run time), SYSTEM, BUNDLED or OFF")

function(digitcli_use_libdeflate target)
  target_compile_definitions(${target} PRIVATE DIGITCLI_HAS_LIBDEFLATE)
  target_include_directories(${target} PRIVATE ${ARGV1})
  target_link_libraries(${target} PRIVATE ${ARGV2})
endfunction()

# Sets `folder` to the sources, "" where they cannot be had.
function(digitcli_fetch_libdeflate folder)
  set(there "${CMAKE_BINARY_DIR}/libdeflate")
  set(sources "${there}/deflate-0.9.0/libdeflate")
  if(NOT EXISTS "${sources}/CMakeLists.txt")
    # Isolation would fetch the tools to build the package, which nobody does.
    execute_process(
      COMMAND "${Python_EXECUTABLE}" -m pip download -qq --retries 1 --disable-pip-version-check --no-deps
        --no-binary deflate --no-build-isolation --require-hashes
        --requirement "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/libdeflate.txt" --dest "${there}"
      RESULT_VARIABLE failed ERROR_VARIABLE reason)
    if(failed)
      message(STATUS "libdeflate: ${reason}")
      set(${folder} "" PARENT_SCOPE)
      return()
    endif()
    file(ARCHIVE_EXTRACT INPUT "${there}/deflate-0.9.0.tar.gz" DESTINATION "${there}")
  endif()
  set(${folder} "${sources}" PARENT_SCOPE)
endfunction()

function(digitcli_bundle_libdeflate target sources)
  foreach(off BUILD_SHARED_LIB BUILD_GZIP COMPRESSION_SUPPORT ZLIB_SUPPORT)
    set(LIBDEFLATE_${off} OFF CACHE BOOL "" FORCE)
  endforeach()
  add_subdirectory("${sources}" "${CMAKE_BINARY_DIR}/libdeflate/build" EXCLUDE_FROM_ALL)
  digitcli_use_libdeflate(${target} "${sources}" libdeflate_static)
  if(SKBUILD_METADATA_DIR)  # its licence goes with every copy
    install(FILES "${sources}/COPYING" DESTINATION "${SKBUILD_METADATA_DIR}/licenses/libdeflate")
  endif()
endfunction()

function(digitcli_link_libdeflate target)
  if(DIGITCLI_LIBDEFLATE MATCHES "^(AUTO|SYSTEM)$")
    find_path(LIBDEFLATE_INCLUDE libdeflate.h)
    find_library(LIBDEFLATE_LIBRARY NAMES deflate)
    if(LIBDEFLATE_INCLUDE AND LIBDEFLATE_LIBRARY)
      message(STATUS "libdeflate: ${LIBDEFLATE_LIBRARY}")
      digitcli_use_libdeflate(${target} "${LIBDEFLATE_INCLUDE}" "${LIBDEFLATE_LIBRARY}")
      return()
    endif()
  endif()
  if(DIGITCLI_LIBDEFLATE MATCHES "^(AUTO|BUNDLED)$")
    digitcli_fetch_libdeflate(sources)
    if(sources)
      message(STATUS "libdeflate: ${sources}")
      digitcli_bundle_libdeflate(${target} "${sources}")
      return()
    endif()
  endif()
  if(DIGITCLI_LIBDEFLATE MATCHES "^(SYSTEM|BUNDLED)$")
    message(FATAL_ERROR "DIGITCLI_LIBDEFLATE=${DIGITCLI_LIBDEFLATE}, but libdeflate was not found")
  endif()
  message(STATUS "libdeflate: none, .gz files are read by Python's zlib")
endfunction()
