# One kernel source, one object per instruction set (ISA) of the processor that the compiler makes
# code for. Sets DIGITCLI_KERNELS, the objects, and DIGITCLI_HAS_ISAS, what dispatch.cpp is told.
#
# name | flags. A new ISA is one line here, one in cpp/base/dispatch.cpp, one #if in cpp/kernels/simd/.
set(DIGITCLI_ROWS "baseline|")
if(DIGITCLI_TARGET_X86)
  list(APPEND DIGITCLI_ROWS
    "avx2|-mavx2 -mfma -mbmi2 -mprefer-vector-width=256"
    "avxvnni|-mavx2 -mfma -mbmi2 -mavxvnni -mprefer-vector-width=256"
    "avx512|-mavx512f -mavx512bw -mavx512cd -mavx512dq -mavx512vl -mavx512vnni -mfma -mprefer-vector-width=512")
  if(DIGITCLI_TARGET_LINUX)  # the kernel lends out its tiles only on request
    list(APPEND DIGITCLI_ROWS
      "amx|-mavx512f -mavx512bw -mavx512cd -mavx512dq -mavx512vl -mavx512vnni -mfma -mprefer-vector-width=512 -mamx-tile -mamx-int8")
  endif()
elseif(DIGITCLI_TARGET_ARM)  # baseline is NEON, which every ARM64 has
  list(APPEND DIGITCLI_ROWS
    "dotprod|-march=armv8.2-a+dotprod"
    "i8mm|-march=armv8.2-a+dotprod+i8mm")
endif()
set(DIGITCLI_ISAS "" CACHE STRING
  "Instruction sets to build, such as baseline;avx2; empty: all of the compiler's target")

# Stops unless the compiler takes the flags of an ISA: an object that is missing would show itself
# only when Python loads the module.
function(digitcli_check_flags isa flags)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  set(CMAKE_REQUIRED_QUIET ON)
  set(CMAKE_REQUIRED_FLAGS "${flags}")
  check_cxx_source_compiles("int found;" DIGITCLI_TAKES_${isa})
  if(NOT DIGITCLI_TAKES_${isa})
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} makes code for ${DIGITCLI_TARGET}, but refuses the "
      "flags of the instruction set ${isa}: ${flags}\n"
      "Use a newer compiler, or name the instruction sets to build: -DDIGITCLI_ISAS=baseline")
  endif()
endfunction()

set(DIGITCLI_KERNELS "")
set(DIGITCLI_HAS_ISAS "")
set(DIGITCLI_BUILT "")
foreach(row IN LISTS DIGITCLI_ROWS)
  string(REGEX REPLACE "\\|.*" "" isa "${row}")
  string(REGEX REPLACE "^[^|]*\\|" "" flags "${row}")
  if(DIGITCLI_ISAS AND NOT isa STREQUAL "baseline" AND NOT isa IN_LIST DIGITCLI_ISAS)
    continue()
  endif()
  separate_arguments(flags)
  if(CMAKE_CXX_COMPILER_FRONTEND_VARIANT STREQUAL "MSVC")  # clang-cl ignores Clang's own without it
    list(TRANSFORM flags PREPEND "/clang:")
  endif()
  list(JOIN flags " " text)
  digitcli_check_flags(${isa} "${text}")
  add_library(kernels_${isa} OBJECT cpp/kernels/isa.cpp)
  target_link_libraries(kernels_${isa} PRIVATE digitcli_flags digitcli_kernel_flags)
  target_compile_definitions(kernels_${isa} PRIVATE DIGITCLI_ISA_NAME=${isa})
  target_compile_options(kernels_${isa} PRIVATE ${flags})
  target_include_directories(kernels_${isa} PRIVATE cpp)
  list(APPEND DIGITCLI_KERNELS $<TARGET_OBJECTS:kernels_${isa}>)
  list(APPEND DIGITCLI_BUILT ${isa})
  string(TOUPPER ${isa} upper)
  list(APPEND DIGITCLI_HAS_ISAS DIGITCLI_HAS_${upper})
endforeach()
foreach(isa IN LISTS DIGITCLI_ISAS)
  if(NOT isa IN_LIST DIGITCLI_BUILT)
    message(FATAL_ERROR "DIGITCLI_ISAS: ${isa} is no instruction set of ${DIGITCLI_TARGET}; "
      "there are ${DIGITCLI_BUILT}")
  endif()
endforeach()
list(JOIN DIGITCLI_BUILT ", " DIGITCLI_BUILT)
message(STATUS "digitcli: instruction sets of ${DIGITCLI_TARGET}: ${DIGITCLI_BUILT}")
if(DIGITCLI_TARGET MATCHES "^several")
  message(WARNING "One object cannot have instruction sets of two architectures: this build has "
    "baseline alone. Build each architecture by itself for all of them.")
endif()
set_source_files_properties(cpp/base/dispatch.cpp PROPERTIES
  COMPILE_DEFINITIONS "${DIGITCLI_HAS_ISAS}")
