// Pixels on their way in, and pooling of bytes. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

// Pixels [first, first + kPixels) of `rows` rows, as eight bytes each.
inline U64 lift_pixels(const uint8_t* x, int width, int rows, int skipped) {
  U64 pixels = {};
  for (int j = 0; j < rows; ++j) pixels |= load_pixels(x + j * width) << 8 * (skipped + j);
  return pixels;
}

inline uint64_t lift_pixel(const uint8_t* x, int width, int rows, int skipped) {
  uint64_t pixel = 0;
  for (int j = 0; j < rows; ++j) pixel |= static_cast<uint64_t>(x[j * width]) << 8 * (skipped + j);
  return pixel;
}

void int8_lift(const uint8_t* x, int height, int width, int first_row, int rows, uint8_t* y) {
  const int begin = first_row > 0 ? first_row : 0;
  const int end = first_row + rows < height ? first_row + rows : height;
  const int count = end > begin ? end - begin : 0, skipped = begin - first_row;
  x += count > 0 ? static_cast<ptrdiff_t>(begin) * width : 0;
  int c = 0;
  for (; c + kPixels <= width; c += kPixels)
    store(lift_pixels(x + c, width, count, skipped), y + 8 * c);
  if (c < width && width >= kPixels) {  // the last ones once more
    c = width - kPixels;
    store(lift_pixels(x + c, width, count, skipped), y + 8 * c);
    return;
  }
  for (; c < width; ++c) {
    const uint64_t pixel = lift_pixel(x + c, width, count, skipped);
    __builtin_memcpy(y + 8 * c, &pixel, sizeof pixel);
  }
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
      store_quantized(sum, F32{} + scale, static_cast<uint8_t*>(y) + c);
    }
  }
}

}  // namespace
