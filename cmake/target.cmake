# What the compiler makes code for: asked of the compiler, by compiling. CMAKE_SYSTEM_PROCESSOR is
# the host's wherever a cross compiler comes without a toolchain file.
include(CheckCXXSourceCompiles)

# Sets `result` to whether the preprocessor finds `condition` true, for every architecture at once.
function(digitcli_target_is result condition)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # nothing that a cross compiler must link
  set(CMAKE_REQUIRED_QUIET ON)
  check_cxx_source_compiles("#if !(${condition})\n#error no\n#endif\nint found;" ${result})
endfunction()

digitcli_target_is(DIGITCLI_TARGET_X86 "defined(__x86_64__)")
digitcli_target_is(DIGITCLI_TARGET_ARM "defined(__aarch64__)")
digitcli_target_is(DIGITCLI_TARGET_LINUX "defined(__linux__)")
digitcli_target_is(DIGITCLI_TARGET_WINDOWS "defined(_WIN32)")
digitcli_target_is(DIGITCLI_COMPILER_FITS "defined(__GNUC__) || defined(__clang__)")
if(NOT DIGITCLI_COMPILER_FITS)
  message(FATAL_ERROR "${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID}) has no vector extensions: "
    "digitcli is built by GCC, Clang, clang-cl or MinGW")
endif()

if(DIGITCLI_TARGET_X86)
  set(DIGITCLI_TARGET "x86-64")
elseif(DIGITCLI_TARGET_ARM)
  set(DIGITCLI_TARGET "ARM64")
elseif(CMAKE_OSX_ARCHITECTURES MATCHES ";")
  set(DIGITCLI_TARGET "several (${CMAKE_OSX_ARCHITECTURES})")
else()
  set(DIGITCLI_TARGET "another")
endif()
