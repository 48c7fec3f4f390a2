// Matrix products and convolutions. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

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

// sum[m][v] += x[m][k] * w[k][v] for the next `terms` values of k, in order. Returns the next w.
template <int kRows, int kVectors>
inline const float* add_terms(Rows<kRows>& x, int terms, const float* w,
                              F32 (&sum)[kRows][kVectors]) {
  for (int k = 0; k < terms; ++k, w += kVectors * kLanes) {
    F32 weight[kVectors];
    UNROLL for (int v = 0; v < kVectors; ++v) weight[v] = load(w + v * kLanes);
    UNROLL for (int m = 0; m < kRows; ++m) {
      const float value = x[m];
      UNROLL for (int v = 0; v < kVectors; ++v) sum[m][v] = mul_add(value, weight[v], sum[m][v]);
    }
    x.advance();
  }
  return w;
}

template <int kRows, int kVectors>
void product(const float* x, ptrdiff_t x_stride, const ptrdiff_t* segments, int segment_count,
             int depth, const float* w, const float* bias, float* y, ptrdiff_t y_stride,
             bool relu) {
  F32 sum[kRows][kVectors] = {};
  const float* so_far = bias;  // what the next block is added to: the bias, then y itself
  ptrdiff_t so_far_stride = 0;
  int room = digitcli::kBlock;  // terms that still fit into this block
  for (int s = 0; s < segment_count; ++s) {
    Rows<kRows> rows(x + segments[s], x_stride);
    for (int left = depth; left > 0;) {
      const int terms = left < room ? left : room;
      w = add_terms(rows, terms, w, sum);
      left -= terms;
      room -= terms;
      if (room == 0) {
        UNROLL for (int m = 0; m < kRows; ++m) {
          UNROLL for (int v = 0; v < kVectors; ++v) {
            const F32 before = load(so_far + m * so_far_stride + v * kLanes);
            store(before + sum[m][v], y + m * y_stride + v * kLanes);
            sum[m][v] = F32{};
          }
        }
        so_far = y;
        so_far_stride = y_stride;
        room = digitcli::kBlock;
      }
    }
  }
  const F32 floor = activation_floor(relu);
  UNROLL for (int m = 0; m < kRows; ++m) {
    UNROLL for (int v = 0; v < kVectors; ++v) {
      const F32 before = load(so_far + m * so_far_stride + v * kLanes);
      store(clamp_below(before + sum[m][v], floor), y + m * y_stride + v * kLanes);
    }
  }
}

template <int kRows, int kVectors>
void bare_product(const float* x, ptrdiff_t x_stride, int depth, const float* w, float* y,
                  ptrdiff_t y_stride) {
  Rows<kRows> rows(x, x_stride);
  for (int k = 0; k < depth; k += digitcli::kBareBlock) {
    F32 sum[kRows][kVectors] = {};
    const int left = depth - k;
    w = add_terms(rows, left < digitcli::kBareBlock ? left : digitcli::kBareBlock, w, sum);
    UNROLL for (int m = 0; m < kRows; ++m) {
      UNROLL for (int v = 0; v < kVectors; ++v) {
        float* to = y + m * y_stride + v * kLanes;
        store(k == 0 ? sum[m][v] : load(to) + sum[m][v], to);
      }
    }
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
  const F32 floor = activation_floor(relu);
  for (int c = 0; c < columns; c += kLanes) {
    F32 total = load(bias + c);
    for (int b = 0; b < blocks; ++b) total += load(sums + b * stride + c);
    store(clamp_below(total, floor), y + c);
  }
}

}  // namespace
