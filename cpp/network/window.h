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

// The pixels, in one dimension of a picture, that an output behind several layers depends on:
// output i on `size` of them from pixel i * jump - before on.
struct Field {
  int pixels = 0;  // of the picture
  int jump = 1, before = 0, size = 1;

  // Behind one more layer.
  void pass(int window, int stride, int padding) {
    size += (window - 1) * jump;
    before += padding * jump;
    jump *= stride;
  }

  // Those of `count` outputs, as far as they lie inside the picture.
  Span of(int first, int count) const {
    const int start = first * jump - before, begin = std::max(start, 0);
    return {begin, std::min(start + (count - 1) * jump + size, pixels) - begin};
  }
};

}  // namespace digitcli::network
