// Which inputs an output's window covers.
#pragma once
#include <algorithm>

namespace digitcli::network {

struct Span {
  int begin, count;
};

// The part that lies inside `size` values of the window of `output`, which begins `before` values
// before the first one.
inline Span clip(int output, int stride, int window, int before, int size) {
  const int start = output * stride - before, begin = std::max(start, 0);
  return {begin, std::min(start + window, size) - begin};
}

}  // namespace digitcli::network
