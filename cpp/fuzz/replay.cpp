// A target without libFuzzer: digitcli-fuzz-TARGET FILE... calls it with each file.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/claim.h"

int main(int count, char** files) {
  for (int i = 1; i < count; ++i) {
    std::ifstream file(files[i], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "%s: cannot be read\n", files[i]);
      return 2;
    }
    std::fprintf(stderr, "%s\n", files[i]);  // before the call: the last one is what failed
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    // Memory of exactly this size, so that a sanitizer sees a read behind its end.
    const std::vector<unsigned char> data(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(data.data(), data.size());
  }
  std::printf("%d files\n", count - 1);
  return 0;
}
