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
  F32 sum[kRows][kVectors] = {};
  const float* so_far = bias;  // what the next block is added to: the bias, then y itself
  ptrdiff_t so_far_stride = 0;
  int room = digitcli::kBlock;  // terms that still fit into this block
  for (int s = 0; s < segment_count; ++s) {
    const float* base[kBases];
    UNROLL for (int j = 0; j < kBases; ++j) base[j] = x + segments[s] + j * kSharing * x_stride;
    for (int left = depth; left > 0;) {
      const int terms = left < room ? left : room;
      for (int k = 0; k < terms; ++k, w += kVectors * kLanes) {
        F32 weight[kVectors];
        UNROLL for (int v = 0; v < kVectors; ++v) weight[v] = load(w + v * kLanes);
        UNROLL for (int m = 0; m < kRows; ++m) {
          const float value = base[m / kSharing][m % kSharing * x_stride];
          UNROLL for (int v = 0; v < kVectors; ++v) {
            sum[m][v] = mul_add(value, weight[v], sum[m][v]);
          }
        }
        UNROLL for (int j = 0; j < kBases; ++j)++ base[j];
      }
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

template <int kPanels>
void row_product(const float* value, const int32_t* index, int count, const float* w,
                 ptrdiff_t panel_stride, const float* bias, float* y, bool relu) {
  constexpr int kVectors = digitcli::kMaxVectors, kWidth = kVectors * kLanes;
  F32 total[kPanels][kVectors];
  UNROLL for (int p = 0; p < kPanels; ++p) {
    UNROLL for (int v = 0; v < kVectors; ++v) total[p][v] = load(bias + p * kWidth + v * kLanes);
  }
  for (int i = 0; i < count;) {
    const int end_of_block = (index[i] / digitcli::kBlock + 1) * digitcli::kBlock;
    F32 sum[kPanels][kVectors] = {};
    for (; i < count && index[i] < end_of_block; ++i) {
      const float* row = w + static_cast<ptrdiff_t>(index[i]) * kWidth;
      UNROLL for (int p = 0; p < kPanels; ++p) {
        UNROLL for (int v = 0; v < kVectors; ++v) {
          sum[p][v] = mul_add(value[i], load(row + p * panel_stride + v * kLanes), sum[p][v]);
        }
      }
    }
    UNROLL for (int p = 0; p < kPanels; ++p) {
      UNROLL for (int v = 0; v < kVectors; ++v) total[p][v] += sum[p][v];
    }
  }
  const F32 floor = activation_floor(relu);
  UNROLL for (int p = 0; p < kPanels; ++p) {
    UNROLL for (int v = 0; v < kVectors; ++v) {
      store(clamp_below(total[p][v], floor), y + p * kWidth + v * kLanes);
    }
  }
}

}  // namespace
