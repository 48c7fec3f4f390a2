// Matrix products and convolutions. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"
#include "kernels/width.h"

namespace {

// Rows that share one base pointer: x86 addresses p, p + s and p + 2s.
constexpr int kSharing = 3;

// The rows of a tile behind as few base pointers as addressing allows.
template <int kRows>
struct Rows {
  static constexpr int kBases = (kRows + kSharing - 1) / kSharing;

  Rows(const float* x, ptrdiff_t stride) : stride_(stride) {
    UNROLL for (int j = 0; j < kBases; ++j) base_[j] = x + j * kSharing * stride;
  }
  float operator[](int row) const { return base_[row / kSharing][row % kSharing * stride_]; }
  void advance() { UNROLL for (int j = 0; j < kBases; ++j)++ base_[j]; }

 private:
  const float* base_[kBases];
  ptrdiff_t stride_;
};

// kRows rows of kHalves half vectors of sums.
template <int kRows, int kHalves>
struct FloatSums {
  using Of = Width<kHalves>;

  // += x[m][k] * w[k] for the next `terms` values of k, in order. Returns the next w.
  const float* add(Rows<kRows>& x, int terms, const float* w) {
    for (int k = 0; k < terms; ++k, w += Of::kFloats) {
      const Weights<kHalves> weight(w);
      UNROLL for (int m = 0; m < kRows; ++m) {
        const float value = x[m];
        UNROLL for (int v = 0; v < Of::kWhole; ++v) {
          whole[m][v] = mul_add(value, weight.whole[v], whole[m][v]);
        }
        if constexpr (Of::kTail) tail[m] = mul_add(value, weight.tail, tail[m]);
      }
      x.advance();
    }
    return w;
  }

  // Calls each(sum, m, column) for all vectors of sums.
  template <class Each>
  void visit(const Each& each) {
    UNROLL for (int m = 0; m < kRows; ++m) {
      UNROLL for (int v = 0; v < Of::kWhole; ++v) each(whole[m][v], m, v * kLanes);
      if constexpr (Of::kTail) each(tail[m], m, Of::kWhole * kLanes);
    }
  }

  F32 whole[kRows][Of::kMost] = {};
  HalfF32 tail[kRows] = {};
};

template <int kRows, int kHalves>
void product(const float* x, ptrdiff_t x_stride, const ptrdiff_t* segments, int segment_count,
             int depth, const float* w, const float* bias, float* y, ptrdiff_t y_stride,
             bool relu) {
  FloatSums<kRows, kHalves> sums;
  const float* so_far = bias;  // what the next block is added to: the bias, then y itself
  ptrdiff_t so_far_stride = 0;
  int room = digitcli::kBlock;  // terms that still fit into this block
  for (int s = 0; s < segment_count; ++s) {
    Rows<kRows> rows(x + segments[s], x_stride);
    for (int left = depth; left > 0;) {
      const int terms = left < room ? left : room;
      w = sums.add(rows, terms, w);
      left -= terms;
      room -= terms;
      if (room == 0) {
        sums.visit([&]<class V>(V& sum, int m, int column) ALWAYS_INLINE {
          store(load_as<V>(so_far + m * so_far_stride + column) + sum, y + m * y_stride + column);
          sum = V{};
        });
        so_far = y;
        so_far_stride = y_stride;
        room = digitcli::kBlock;
      }
    }
  }
  sums.visit([&]<class V>(V& sum, int m, int column) ALWAYS_INLINE {
    const V total = load_as<V>(so_far + m * so_far_stride + column) + sum;
    store(clamp_below(total, activation_floor<V>(relu)), y + m * y_stride + column);
  });
}

template <int kRows, int kHalves>
void bare_product(const float* x, ptrdiff_t x_stride, int depth, const float* w, float* y,
                  ptrdiff_t y_stride) {
  Rows<kRows> rows(x, x_stride);
  for (int k = 0; k < depth; k += digitcli::kBareBlock) {
    FloatSums<kRows, kHalves> sums;
    const int left = depth - k;
    w = sums.add(rows, left < digitcli::kBareBlock ? left : digitcli::kBareBlock, w);
    sums.visit([&]<class V>(V& sum, int m, int column) ALWAYS_INLINE {
      float* to = y + m * y_stride + column;
      store(k == 0 ? sum : load_as<V>(to) + sum, to);
    });
  }
}

// sum[c] (or 0, if `first`) + value[0] * w[index[0]][c] + ... in order, for all columns.
template <int kTerms>
void add_rows(const float* value, const int32_t* index, const float* w, ptrdiff_t w_stride,
              int columns, bool first, float* sum) {
  const float* row[kTerms];
  UNROLL for (int t = 0; t < kTerms; ++t) row[t] = w + index[t] * w_stride;
  for (int c = 0; c < columns; c += kLanes) {
    F32 total = first ? F32{} : load(sum + c);
    UNROLL for (int t = 0; t < kTerms; ++t) total = mul_add(value[t], load(row[t] + c), total);
    store(total, sum + c);
  }
}

void block_sum(const float* value, const int32_t* index, int count, const float* w,
               ptrdiff_t w_stride, int columns, float* sum) {
  constexpr int kTerms = 8;  // rows that are read side by side: their latencies overlap
  int i = 0;
  for (; i + kTerms <= count; i += kTerms) {
    add_rows<kTerms>(value + i, index + i, w, w_stride, columns, i == 0, sum);
  }
  for (; i < count; ++i) add_rows<1>(value + i, index + i, w, w_stride, columns, i == 0, sum);
  if (count == 0) {
    for (int c = 0; c < columns; c += kLanes) store(F32{}, sum + c);
  }
}

void add_blocks(const float* sums, ptrdiff_t stride, int blocks, const float* bias, int columns,
                float* y, bool relu) {
  const F32 floor = activation_floor<F32>(relu);
  for (int c = 0; c < columns; c += kLanes) {
    F32 total = load(bias + c);
    for (int b = 0; b < blocks; ++b) total += load(sums + b * stride + c);
    store(clamp_below(total, floor), y + c);
  }
}

}  // namespace
