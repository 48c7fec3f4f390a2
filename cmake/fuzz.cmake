# Programs that fuzz the C++ code without Python: digitcli-fuzz-TARGET. By Clang they are libFuzzer's,
# under AddressSanitizer and UBSan; by another compiler they only replay files. `make fuzz` runs them.
set(DIGITCLI_BY_CLANG OFF)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(DIGITCLI_BY_CLANG ON)
endif()

# The sources behind the `library`'s programs.
function(digitcli_add_fuzzed library)
  add_library(${library} STATIC EXCLUDE_FROM_ALL ${ARGN})
  target_link_libraries(${library} PUBLIC digitcli_flags Threads::Threads)
  target_include_directories(${library} PUBLIC cpp)
endfunction()

# digitcli-fuzz-NAME with the sources of `library`; further arguments are sources that only libFuzzer
# needs.
function(digitcli_add_fuzzer name library)
  add_executable(digitcli-fuzz-${name} cpp/fuzz/${name}.cpp)
  target_link_libraries(digitcli-fuzz-${name} PRIVATE ${library})
  if(DIGITCLI_BY_CLANG)
    target_sources(digitcli-fuzz-${name} PRIVATE ${ARGN})
    target_link_options(digitcli-fuzz-${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(digitcli-fuzz-${name} PRIVATE cpp/fuzz/replay.cpp)
  endif()
endfunction()

digitcli_add_fuzzed(digitcli_fuzzed cpp/files/idx.cpp cpp/fuzz/drawing.cpp ${DIGITCLI_VISION})
digitcli_add_fuzzed(digitcli_fuzzed_engine cpp/fuzz/layers.cpp cpp/fuzz/oracle.cpp ${DIGITCLI_ENGINE})
digitcli_add_fuzzer(idx digitcli_fuzzed cpp/fuzz/idx_mutator.cpp)
foreach(name IN ITEMS ctc find line picture)
  digitcli_add_fuzzer(${name} digitcli_fuzzed)
endforeach()
foreach(name IN ITEMS float32 int8)
  digitcli_add_fuzzer(${name} digitcli_fuzzed_engine)
endforeach()

if(DIGITCLI_BY_CLANG)  # gzip: the oracle is zlib, and libdeflate is fuzzed with its caller
  enable_language(C)
  find_package(Python COMPONENTS Interpreter REQUIRED)  # fetches libdeflate
  find_package(ZLIB REQUIRED)
  include(cmake/libdeflate.cmake)
  digitcli_add_fuzzer(gzip digitcli_fuzzed cpp/fuzz/gzip_mutator.cpp)
  target_sources(digitcli-fuzz-gzip PRIVATE cpp/files/inflate.cpp)
  target_link_libraries(digitcli-fuzz-gzip PRIVATE ZLIB::ZLIB)
  digitcli_link_libdeflate(digitcli-fuzz-gzip)
  if(TARGET libdeflate_static)
    target_compile_options(libdeflate_static PRIVATE ${DIGITCLI_FUZZ_FLAGS} ${DIGITCLI_SANITIZERS})
  endif()
endif()
