// The first convolution, on pictures of one channel, where a tile is two rows of a few pixels: the
// pool that follows needs no other. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

// Columns of a tile: 2 x 4 x 2 sums, or 2 x 2 x 2 where there are few registers.
constexpr int kColumns = kTileRows >= 12 ? 4 : 2;

// Whether `rows` x `columns` values, columns even, are +0: most of a picture of a digit.
inline bool is_blank(const float* x, ptrdiff_t row_stride, int rows, int columns) {
  uint64_t bits = 0;
  for (int row = 0; row < rows; ++row, x += row_stride) {
    for (int column = 0; column < columns; column += 2) {
      uint64_t pair;
      __builtin_memcpy(&pair, x + column, sizeof pair);
      bits |= pair;
    }
  }
  return bits == 0;
}

// What is left of a tile after pooling and activation goes to y: `rows` x `columns` of it count.
template <int kVectors>
inline void store_tile(const F32 (&sum)[2][kColumns][kVectors], const float* bias, bool relu,
                       bool pool, int rows, int columns, float* y, ptrdiff_t row_stride,
                       ptrdiff_t pixel_stride) {
  const F32 floor = activation_floor(relu);
  UNROLL for (int v = 0; v < kVectors; ++v) {
    const F32 offset = load(bias + v * kLanes);
    float* to = y + v * kLanes;
    if (pool && rows == 2 && columns >= kColumns) {
      UNROLL for (int c = 0; c < kColumns; c += 2) {
        const F32 best = max4(sum[0][c][v], sum[0][c + 1][v], sum[1][c][v], sum[1][c + 1][v]);
        store(clamp_below(best + offset, floor), to + c / 2 * pixel_stride);
      }
      continue;
    }
    for (int c = 0; c < columns && c < kColumns; c += pool ? 2 : 1) {
      F32 best = sum[0][c][v];
      if (pool && c + 1 < columns) best = max(best, sum[0][c + 1][v]);
      if (pool && rows == 2) best = max(best, sum[1][c][v]);
      if (pool && rows == 2 && c + 1 < columns) best = max(best, sum[1][c + 1][v]);
      store(clamp_below(best + offset, floor), to + (pool ? c / 2 : c) * pixel_stride);
      if (!pool && rows == 2) {
        store(clamp_below(sum[1][c][v] + offset, floor), to + row_stride + c * pixel_stride);
      }
    }
  }
}

template <int kWindow, int kVectors>
void one_channel(const float* x, ptrdiff_t x_stride, const float* w, const float* bias, bool relu,
                 bool pool, int rows, int columns, float* y, ptrdiff_t row_stride,
                 ptrdiff_t pixel_stride) {
  const ptrdiff_t second = rows == 2 ? x_stride : 0;  // a lone row is computed twice
  for (int column = 0; column < columns; column += kColumns, x += kColumns) {
    F32 sum[2][kColumns][kVectors] = {};
    if (!is_blank(x, x_stride, kWindow - 1 + rows, kWindow - 1 + kColumns)) {
      const float *top = x, *tap = w;
      for (int ky = 0; ky < kWindow; ++ky, top += x_stride) {
        const float* bottom = top + second;
        UNROLL for (int kx = 0; kx < kWindow; ++kx, tap += kVectors * kLanes) {
          F32 weight[kVectors];
          UNROLL for (int v = 0; v < kVectors; ++v) weight[v] = load(tap + v * kLanes);
          UNROLL for (int c = 0; c < kColumns; ++c) {
            UNROLL for (int v = 0; v < kVectors; ++v) {
              sum[0][c][v] = mul_add(top[kx + c], weight[v], sum[0][c][v]);
              sum[1][c][v] = mul_add(bottom[kx + c], weight[v], sum[1][c][v]);
            }
          }
        }
      }
    }
    store_tile(sum, bias, relu, pool, rows, columns - column,
               y + column / (pool ? 2 : 1) * pixel_stride, row_stride, pixel_stride);
  }
}

}  // namespace
