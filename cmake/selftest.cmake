# The engine's test without Python: digitcli-selftest GOLDEN. `make selftest` runs it.
add_executable(digitcli-selftest
  cpp/selftest/cases.cpp cpp/selftest/golden.cpp cpp/selftest/main.cpp cpp/selftest/runs.cpp
  ${DIGITCLI_ENGINE})
target_link_libraries(digitcli-selftest PRIVATE digitcli_flags digitcli_hardening Threads::Threads)
target_include_directories(digitcli-selftest PRIVATE cpp)
if(DIGITCLI_TARGET_WINDOWS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(digitcli-selftest PRIVATE -static)  # one file that runs anywhere
endif()
