// The first convolution, on pictures of one channel, where a tile is two rows of a few pixels: the
// pool that follows needs no other. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"
#include "kernels/width.h"

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
template <class V>
ALWAYS_INLINE inline void store_tile(const V (&sum)[2][kColumns], const float* bias, bool relu,
                                     bool pool, int rows, int columns, float* y,
                                     ptrdiff_t row_stride, ptrdiff_t pixel_stride) {
  const V floor = activation_floor<V>(relu), offset = load_as<V>(bias);
  if (pool && rows == 2 && columns >= kColumns) {
    UNROLL for (int c = 0; c < kColumns; c += 2) {
      const V best = max4(sum[0][c], sum[0][c + 1], sum[1][c], sum[1][c + 1]);
      store(clamp_below(best + offset, floor), y + c / 2 * pixel_stride);
    }
    return;
  }
  for (int c = 0; c < columns && c < kColumns; c += pool ? 2 : 1) {
    V best = sum[0][c];
    if (pool && c + 1 < columns) best = max(best, sum[0][c + 1]);
    if (pool && rows == 2) best = max(best, sum[1][c]);
    if (pool && rows == 2 && c + 1 < columns) best = max(best, sum[1][c + 1]);
    store(clamp_below(best + offset, floor), y + (pool ? c / 2 : c) * pixel_stride);
    if (!pool && rows == 2) {
      store(clamp_below(sum[1][c] + offset, floor), y + row_stride + c * pixel_stride);
    }
  }
}

template <int kWindow, int kHalves>
void one_channel(const float* x, ptrdiff_t x_stride, const float* w, const float* bias, bool relu,
                 bool pool, int rows, int columns, float* y, ptrdiff_t row_stride,
                 ptrdiff_t pixel_stride) {
  using Width = Width<kHalves>;
  const ptrdiff_t second = rows == 2 ? x_stride : 0;  // a lone row is computed twice
  for (int column = 0; column < columns; column += kColumns, x += kColumns) {
    F32 sum[Width::kMost][2][kColumns] = {};
    HalfF32 tail[2][kColumns] = {};
    if (!is_blank(x, x_stride, kWindow - 1 + rows, kWindow - 1 + kColumns)) {
      const float *top = x, *tap = w;
      for (int ky = 0; ky < kWindow; ++ky, top += x_stride) {
        const float* bottom = top + second;
        UNROLL for (int kx = 0; kx < kWindow; ++kx, tap += Width::kFloats) {
          const Weights<kHalves> weight(tap);
          UNROLL for (int c = 0; c < kColumns; ++c) {
            UNROLL for (int v = 0; v < Width::kWhole; ++v) {
              sum[v][0][c] = mul_add(top[kx + c], weight.whole[v], sum[v][0][c]);
              sum[v][1][c] = mul_add(bottom[kx + c], weight.whole[v], sum[v][1][c]);
            }
            if constexpr (Width::kTail) {
              tail[0][c] = mul_add(top[kx + c], weight.tail, tail[0][c]);
              tail[1][c] = mul_add(bottom[kx + c], weight.tail, tail[1][c]);
            }
          }
        }
      }
    }
    const auto finish = [&](const auto& sums, int v) ALWAYS_INLINE {
      store_tile(sums, bias + v * kLanes, relu, pool, rows, columns - column,
                 y + column / (pool ? 2 : 1) * pixel_stride + v * kLanes, row_stride, pixel_stride);
    };
    UNROLL for (int v = 0; v < Width::kWhole; ++v) finish(sum[v], v);
    if constexpr (Width::kTail) finish(tail, Width::kWhole);
  }
}

}  // namespace
