// From sums to bytes or logits. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels/int8_sums.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

// From sums to answers for one panel; a copy of all it needs, since a store of bytes might change
// anything else as far as the compiler knows.
template <int kVectors>
struct Finish {
  I32 bias[kVectors];
  F32 scale[kVectors];
  bool logits;
  int whole;  // vectors; one that is left over is a half
  void* y;
  ptrdiff_t row_stride, column_stride;

  Finish(const digitcli::Int8Layer& layer, int unit)
      : logits(layer.logits),
        whole((layer.y_units - unit) / kLanes),
        y(layer.y),
        row_stride(layer.y_row_stride),
        column_stride(layer.y_column_stride) {
    UNROLL for (int v = 0; v < kVectors; ++v) {
      bias[v] = load(layer.bias + unit + v * kLanes);
      scale[v] = load(layer.scale + unit + v * kLanes);
    }
    y = logits ? static_cast<void*>(static_cast<float*>(y) + unit)
               : static_cast<void*>(static_cast<uint8_t*>(y) + unit);
  }

  // Vector v of one output, to value `at` of y.
  template <bool kLogits>
  void put(I32 sum, int v, ptrdiff_t at) const {
    if constexpr (kLogits) {
      store(__builtin_convertvector(sum + bias[v], F32) * scale[v],
            static_cast<float*>(y) + at + v * kLanes);
    } else {
      store_quantized(sum + bias[v], scale[v], static_cast<uint8_t*>(y) + at + v * kLanes,
                      v >= whole);
    }
  }

  // `columns` sums of one row, from column `first` on, to row `row` of y.
  template <bool kLogits>
  void put_row(const int32_t (*sums)[kInt8Width], int row, int first, int columns) const {
    ptrdiff_t at = row * row_stride + first * column_stride;
    for (int c = 0; c < columns; ++c, at += column_stride) {
      UNROLL for (int v = 0; v < kVectors; ++v) put<kLogits>(load(sums[c] + v * kLanes), v, at);
    }
  }

  // The same after pooling two rows of sums, which may be the same: `first` is even.
  void put_pooled(const int32_t (*above)[kInt8Width], const int32_t (*below)[kInt8Width], int row,
                  int first, int columns) const {
    ptrdiff_t at = row * row_stride + first / 2 * column_stride;
    for (int c = 0; c < columns; c += 2, at += column_stride) {
      const int next = c + 1 < columns ? c + 1 : c;
      UNROLL for (int v = 0; v < kVectors; ++v) {
        const int lane = v * kLanes;
        const I32 high = max(load(above[c] + lane), load(above[next] + lane));
        const I32 low = max(load(below[c] + lane), load(below[next] + lane));
        put<false>(max(high, low), v, at);
      }
    }
  }

  // Two rows of sums, `row` and the one after it if that is there.
  void put_rows(const int32_t (*sums)[kInt8Width], const int32_t (*next)[kInt8Width], int row,
                int end, int first, int columns) const {
    if (logits) {
      put_row<true>(sums, row, first, columns);
      if (row + 1 < end) put_row<true>(next, row + 1, first, columns);
    } else {
      put_row<false>(sums, row, first, columns);
      if (row + 1 < end) put_row<false>(next, row + 1, first, columns);
    }
  }
};

}  // namespace
