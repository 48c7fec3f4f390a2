// Pixels on their way in, and pooling of bytes. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

// As many pixels of one row as there are lanes, each in one of its own.
template <class Lanes>
Lanes widen_pixels(const uint8_t* x);
template <>
inline I32 widen_pixels<I32>(const uint8_t* x) {
  return load_bytes(x);
}
template <>
inline U64 widen_pixels<U64>(const uint8_t* x) {
  return load_pixels(x);
}

// As many pixels as there are Lanes, from x on, of `rows` rows: row j at byte skipped + j of each.
template <class Lanes>
Lanes lift_pixels(const uint8_t* x, int width, int rows, int skipped) {
  Lanes pixels = {};
  for (int j = 0; j < rows; ++j) pixels |= widen_pixels<Lanes>(x + j * width) << 8 * (skipped + j);
  return pixels;
}

// kLift bytes for each pixel of a row, so many to a vector.
template <int kLift, class Lanes>
void lift_row(const uint8_t* x, int width, int rows, int skipped, uint8_t* y) {
  constexpr int kCount = kBytes / kLift;
  int c = 0;
  for (; c + kCount <= width; c += kCount) {
    store_bytes(lift_pixels<Lanes>(x + c, width, rows, skipped), y + kLift * c);
  }
  if (c < width && width >= kCount) {  // the last ones once more
    c = width - kCount;
    store_bytes(lift_pixels<Lanes>(x + c, width, rows, skipped), y + kLift * c);
    return;
  }
  for (; c < width; ++c) {
    uint64_t pixel = 0;
    for (int j = 0; j < rows; ++j) pixel |= uint64_t{x[c + j * width]} << 8 * (skipped + j);
    for (int j = 0; j < kLift; ++j) y[kLift * c + j] = static_cast<uint8_t>(pixel >> 8 * j);
  }
}

void int8_lift(const uint8_t* x, int height, int width, int first_row, int rows, int lift,
               uint8_t* y) {
  const int begin = first_row > 0 ? first_row : 0;
  const int end = first_row + rows < height ? first_row + rows : height;
  const int count = end > begin ? end - begin : 0, skipped = begin - first_row;
  x += count > 0 ? static_cast<ptrdiff_t>(begin) * width : 0;
  lift == 4 ? lift_row<4, I32>(x, width, count, skipped, y)
            : lift_row<8, U64>(x, width, count, skipped, y);
}

void int8_max_pool(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                   int columns, uint8_t* y, int channels) {
  for (int c = 0; c < channels; ++c) y[c] = 0;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const uint8_t* from = x + row * row_stride + column * pixel_stride;
      for (int c = 0; c < channels; ++c) y[c] = y[c] > from[c] ? y[c] : from[c];
    }
  }
}

void int8_average_pool(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                       int columns, float scale, bool logits, void* y, int channels) {
  for (int c = 0; c < channels; c += kLanes) {
    I32 sum = {};
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        sum += load_bytes(x + row * row_stride + column * pixel_stride + c);
      }
    }
    if (logits) {
      store(__builtin_convertvector(sum, F32) * scale, static_cast<float*>(y) + c);
    } else {
      store_quantized(sum, F32{} + scale, static_cast<uint8_t*>(y) + c, false);
    }
  }
}

}  // namespace
