// Pooling, and the way from pixels to floats. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

void max_pool(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows, int columns,
              int count, ptrdiff_t x_step, float* y, ptrdiff_t y_step, int channels) {
  for (; count > 0; --count, x += x_step, y += y_step) {
    for_each_vector(channels, [&](auto zero, int c) ALWAYS_INLINE {
      using V = decltype(zero);
      V best = load_as<V>(x + c);
      for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
          best = max(best, load_as<V>(x + row * row_stride + column * pixel_stride + c));
        }
      }
      store(best, y + c);
    });
  }
}

void max_pool_2x2(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int count,
                  ptrdiff_t x_step, float* y, ptrdiff_t y_step, int channels) {
  for (; count > 0; --count, x += x_step, y += y_step) {
    for_each_vector(channels, [&](auto zero, int c) ALWAYS_INLINE {
      using V = decltype(zero);
      const float *top = x + c, *bottom = top + row_stride;
      store(max4(load_as<V>(top), load_as<V>(top + pixel_stride), load_as<V>(bottom),
                 load_as<V>(bottom + pixel_stride)),
            y + c);
    });
  }
}

void max_pool_any(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                  int columns, int count, ptrdiff_t x_step, float* y, ptrdiff_t y_step,
                  int channels) {
  if (rows == 2 && columns == 2) {
    return max_pool_2x2(x, row_stride, pixel_stride, count, x_step, y, y_step, channels);
  }
  max_pool(x, row_stride, pixel_stride, rows, columns, count, x_step, y, y_step, channels);
}

void average_pool(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                  int columns, int count, ptrdiff_t x_step, float* y, ptrdiff_t y_step,
                  int channels) {
  const float share = 1.0f / static_cast<float>(rows * columns);
  for (; count > 0; --count, x += x_step, y += y_step) {
    for_each_vector(channels, [&](auto sum, int c) ALWAYS_INLINE {
      for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
          sum += load_as<decltype(sum)>(x + row * row_stride + column * pixel_stride + c);
        }
      }
      store(sum * share, y + c);
    });
  }
}

void to_float(const uint8_t* x, int count, float scale, float* y) {
  for (int i = 0; i < count; ++i) y[i] = scale * static_cast<float>(x[i]);
}

}  // namespace
