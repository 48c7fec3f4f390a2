# The engine's tests without Python: digitcli-selftest GOLDEN, digitcli-selftest-threads GOLDEN.
# `make selftest` and `make selftest-threads` run them.
set(DIGITCLI_SELFTESTS digitcli-selftest)
add_executable(digitcli-selftest
  cpp/selftest/cases.cpp cpp/selftest/forks.cpp cpp/selftest/golden.cpp cpp/selftest/guarded.cpp
  cpp/selftest/guarded_float32.cpp cpp/selftest/guarded_int8.cpp cpp/selftest/main.cpp
  cpp/selftest/runs.cpp cpp/selftest/trials.cpp cpp/selftest/tuning.cpp
  ${DIGITCLI_ENGINE})
if(DIGITCLI_SANITIZE_THREADS)
  list(APPEND DIGITCLI_SELFTESTS digitcli-selftest-threads)
  add_executable(digitcli-selftest-threads
    cpp/selftest/golden.cpp cpp/selftest/runs.cpp cpp/selftest/threads.cpp ${DIGITCLI_ENGINE})
endif()
foreach(test IN LISTS DIGITCLI_SELFTESTS)
  target_link_libraries(${test} PRIVATE digitcli_flags digitcli_hardening Threads::Threads)
  target_include_directories(${test} PRIVATE cpp)
  if(DIGITCLI_TARGET_WINDOWS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_link_options(${test} PRIVATE -static)  # one file that runs anywhere
  endif()
endforeach()
