# The flags of each compiler: GCC, Clang, clang-cl (Clang with the options of MSVC) and MinGW (GCC
# for Windows). The only file that knows them, but for those of instruction sets in isas.cmake.
option(DIGITCLI_WERROR "Treat warnings as errors (CI does)" OFF)
option(DIGITCLI_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(DIGITCLI_SANITIZE_THREADS "Build with ThreadSanitizer" OFF)

# Fused multiply-add only where a kernel asks for it by name. No stack protector inside the inner
# loops; everything a kernel touches is checked by its caller.
if(CMAKE_CXX_COMPILER_FRONTEND_VARIANT STREQUAL "MSVC")
  set(DIGITCLI_COMMON -W4 /clang:-ffp-contract=off /EHsc)
  set(DIGITCLI_HARDENED /O2 /GS)
  set(DIGITCLI_KERNEL /GS- /EHs-c-)
  set(DIGITCLI_KERNEL_SPEED /O2 /clang:-O3)
  set(DIGITCLI_PIXEL_LOOPS /clang:-fno-math-errno /clang:-fno-trapping-math)
  set(DIGITCLI_STRICT /WX)
else()
  set(DIGITCLI_COMMON -Wall -Wextra -ffp-contract=off)
  set(DIGITCLI_HARDENED -O2 -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  set(DIGITCLI_KERNEL -fno-stack-protector -fno-exceptions)
  set(DIGITCLI_KERNEL_SPEED -O3)
  # Neither changes a value: nothing reads errno or floating-point traps.
  set(DIGITCLI_PIXEL_LOOPS -fno-math-errno -fno-trapping-math)
  set(DIGITCLI_STRICT -Werror)
endif()
if(DIGITCLI_TARGET_WINDOWS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC keeps 32-byte vectors on a stack that Windows aligns to 16 bytes (GCC bug 54412).
  list(APPEND DIGITCLI_KERNEL -Wa,-muse-unaligned-vector-move)
endif()

# ---- flags for every source (warnings, exact arithmetic), and for all but the kernels --------------
# What an interface library asks for comes after a target's own options and would undo the kernels'.
add_library(digitcli_flags INTERFACE)
add_library(digitcli_hardening INTERFACE)
target_compile_options(digitcli_flags INTERFACE ${DIGITCLI_COMMON}
  $<$<BOOL:${DIGITCLI_WERROR}>:${DIGITCLI_STRICT}>)
if(DIGITCLI_FUZZ AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(DIGITCLI_SANITIZE ON)
  set(DIGITCLI_FUZZ_FLAGS -fsanitize=fuzzer-no-link)  # counts edges
  target_compile_options(digitcli_flags INTERFACE ${DIGITCLI_FUZZ_FLAGS} -D_GLIBCXX_ASSERTIONS)
endif()
if(DIGITCLI_SANITIZE)
  set(DIGITCLI_SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer -g -O1)
  target_compile_options(digitcli_flags INTERFACE ${DIGITCLI_SANITIZERS})
  target_link_options(digitcli_flags INTERFACE -fsanitize=address,undefined)
elseif(DIGITCLI_SANITIZE_THREADS)
  target_compile_options(digitcli_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer -g -O1)
  target_link_options(digitcli_flags INTERFACE -fsanitize=thread)
else()
  target_compile_options(digitcli_hardening INTERFACE ${DIGITCLI_HARDENED})
  if(DIGITCLI_TARGET_LINUX)
    target_link_options(digitcli_hardening INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
  elseif(DIGITCLI_TARGET_WINDOWS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_link_options(digitcli_hardening INTERFACE -fstack-protector-strong)  # its library
  endif()
endif()

# A library of its own, so that its flags come behind those of every source and win.
add_library(digitcli_kernel_flags INTERFACE)
target_compile_options(digitcli_kernel_flags INTERFACE ${DIGITCLI_KERNEL}
  $<$<NOT:$<OR:$<BOOL:${DIGITCLI_SANITIZE}>,$<BOOL:${DIGITCLI_SANITIZE_THREADS}>>>:${DIGITCLI_KERNEL_SPEED}>)
if(NOT DIGITCLI_SANITIZE AND NOT DIGITCLI_SANITIZE_THREADS)
  list(APPEND DIGITCLI_PIXEL_LOOPS ${DIGITCLI_KERNEL_SPEED})
endif()
