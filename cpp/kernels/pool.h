// Pooling, and the way from pixels to floats. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels.h"
#include "simd.h"

namespace {

void max_pool(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows, int columns,
              float* y, int channels) {
  for (int c = 0; c < channels; c += kLanes) {
    F32 best = load(x + c);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        best = max(best, load(x + row * row_stride + column * pixel_stride + c));
      }
    }
    store(best, y + c);
  }
}

void average_pool(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                  int columns, float* y, int channels) {
  const float share = 1.0f / static_cast<float>(rows * columns);
  for (int c = 0; c < channels; c += kLanes) {
    F32 sum = {};
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        sum += load(x + row * row_stride + column * pixel_stride + c);
      }
    }
    store(sum * share, y + c);
  }
}

void to_float(const uint8_t* x, int count, float scale, float* y) {
  for (int i = 0; i < count; ++i) y[i] = scale * static_cast<float>(x[i]);
}

}  // namespace
