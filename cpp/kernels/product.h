// Matrix products and convolutions. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels.h"
#include "simd.h"

namespace {

constexpr int kSharing = 3;  // rows that share one base pointer: x86 addresses p, p + s, p + 2s

template <int kRows, int kVectors>
void product(const float* x, ptrdiff_t x_stride, const ptrdiff_t* segments, int segment_count,
             int depth, const float* w, const float* bias, float* y, ptrdiff_t y_stride,
             bool relu) {
  constexpr int kBases = (kRows + kSharing - 1) / kSharing;
  F32 sum[kRows][kVectors];
  UNROLL for (int m = 0; m < kRows; ++m) {
    UNROLL for (int v = 0; v < kVectors; ++v) sum[m][v] = load(bias + v * kLanes);
  }
  for (int s = 0; s < segment_count; ++s) {
    const float* base[kBases];
    UNROLL for (int j = 0; j < kBases; ++j) base[j] = x + segments[s] + j * kSharing * x_stride;
    for (int k = 0; k < depth; ++k, w += kVectors * kLanes) {
      F32 weight[kVectors];
      UNROLL for (int v = 0; v < kVectors; ++v) weight[v] = load(w + v * kLanes);
      UNROLL for (int m = 0; m < kRows; ++m) {
        const float value = base[m / kSharing][m % kSharing * x_stride];
        UNROLL for (int v = 0; v < kVectors; ++v) sum[m][v] = mul_add(value, weight[v], sum[m][v]);
      }
      UNROLL for (int j = 0; j < kBases; ++j) base[j] += 1;
    }
  }
  const F32 floor = activation_floor(relu);
  UNROLL for (int m = 0; m < kRows; ++m) {
    UNROLL for (int v = 0; v < kVectors; ++v) {
      store(clamp_below(sum[m][v], floor), y + m * y_stride + v * kLanes);
    }
  }
}

template <int kPanels>
void row_product(const float* value, const int32_t* index, int count, const float* w,
                 ptrdiff_t panel_stride, const float* bias, float* y, bool relu) {
  constexpr int kWidth = digitcli::kMaxVectors * kLanes;
  F32 sum[kPanels][digitcli::kMaxVectors];
  UNROLL for (int p = 0; p < kPanels; ++p) {
    UNROLL for (int v = 0; v < digitcli::kMaxVectors; ++v) {
      sum[p][v] = load(bias + p * kWidth + v * kLanes);
    }
  }
  for (int i = 0; i < count; ++i) {
    const float* row = w + static_cast<ptrdiff_t>(index[i]) * kWidth;
    UNROLL for (int p = 0; p < kPanels; ++p) {
      UNROLL for (int v = 0; v < digitcli::kMaxVectors; ++v) {
        sum[p][v] = mul_add(value[i], load(row + p * panel_stride + v * kLanes), sum[p][v]);
      }
    }
  }
  const F32 floor = activation_floor(relu);
  UNROLL for (int p = 0; p < kPanels; ++p) {
    UNROLL for (int v = 0; v < digitcli::kMaxVectors; ++v) {
      store(clamp_below(sum[p][v], floor), y + p * kWidth + v * kLanes);
    }
  }
}

}  // namespace
