#include "selftest/guarded.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#if !defined(NOMINMAX)  // MinGW's library does
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace digitcli::selftest {
namespace {

constexpr unsigned char kUntouched = 0xA5;

#if defined(_WIN32)
std::size_t page_size() {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwPageSize;
}

unsigned char* reserve(std::size_t size) {
  return static_cast<unsigned char*>(VirtualAlloc(nullptr, size, MEM_RESERVE, PAGE_NOACCESS));
}

bool allow(unsigned char* from, std::size_t size) {
  return VirtualAlloc(from, size, MEM_COMMIT, PAGE_READWRITE) != nullptr;
}

void release(unsigned char* from, std::size_t) { VirtualFree(from, 0, MEM_RELEASE); }
#else
std::size_t page_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

unsigned char* reserve(std::size_t size) {
  void* found = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return found == MAP_FAILED ? nullptr : static_cast<unsigned char*>(found);
}

bool allow(unsigned char* from, std::size_t size) {
  return mprotect(from, size, PROT_READ | PROT_WRITE) == 0;
}

void release(unsigned char* from, std::size_t size) { munmap(from, size); }
#endif

std::array<char, 200> running{};

void on_fault(int) {
  std::printf("FAIL %s: touches memory that is not its own\n", running.data());
  std::fflush(stdout);
  std::_Exit(1);
}

}  // namespace

GuardedMemory::GuardedMemory(std::size_t size, Edge edge) : size_(size) {
  const std::size_t page = page_size();
  room_ = std::max<std::size_t>(1, (size + page - 1) / page) * page;
  unsigned char* all = reserve(room_ + 2 * page);
  if (all == nullptr) throw std::bad_alloc();
  pages_ = all + page;
  if (!allow(pages_, room_)) {
    release(all, room_ + 2 * page);
    throw std::bad_alloc();
  }
  std::memset(pages_, kUntouched, room_);
  data_ = edge == Edge::end ? pages_ + room_ - size : pages_;
}

GuardedMemory::~GuardedMemory() {
  const std::size_t page = page_size();
  release(pages_ - page, room_ + 2 * page);
}

bool GuardedMemory::intact() const {
  const auto untouched = [](unsigned char byte) { return byte == kUntouched; };
  return std::all_of(pages_, data_, untouched) &&
         std::all_of(data_ + size_, pages_ + room_, untouched);
}

void report_faults() {
  std::signal(SIGSEGV, on_fault);
#if defined(SIGBUS)
  std::signal(SIGBUS, on_fault);  // what macOS sends
#endif
}

void say_what_runs(const std::string& what) {
  const std::size_t size = std::min(what.size(), running.size() - 1);
  std::memcpy(running.data(), what.data(), size);
  running[size] = '\0';
}

}  // namespace digitcli::selftest
