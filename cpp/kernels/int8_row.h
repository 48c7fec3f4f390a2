// A dense layer on one row, without the weights of its zeros. Width-agnostic: compiled once per ISA
// by isa.cpp.
#pragma once
#include "kernels/int8_finish.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

// kBlocks x kBytes units, from unit `first` on; w is their panel of rows.
template <int kBlocks>
void row_product(const digitcli::Int8Layer& layer, const uint8_t* value, const int32_t* index,
                 int count, const int8_t* w, int first) {
  constexpr ptrdiff_t kRow = kBlocks * kBytes;
  I32 sum[kBlocks][4] = {};
  for (int i = 0; i < count; i += 4) {
    const U8 four = repeat4(value + i);
    const int8_t* row[4];
    UNROLL for (int r = 0; r < 4; ++r) row[r] = w + index[i + r] * kRow;
    UNROLL for (int b = 0; b < kBlocks; ++b) {
      I8 of[4];
      UNROLL for (int r = 0; r < 4; ++r) of[r] = load(row[r] + b * kBytes);
      const I8 low[2] = {zip_low8(of[0], of[1]), zip_low8(of[2], of[3])};
      const I8 high[2] = {zip_high8(of[0], of[1]), zip_high8(of[2], of[3])};
      sum[b][0] = dot4(four, zip_low16(low[0], low[1]), sum[b][0]);
      sum[b][1] = dot4(four, zip_high16(low[0], low[1]), sum[b][1]);
      sum[b][2] = dot4(four, zip_low16(high[0], high[1]), sum[b][2]);
      sum[b][3] = dot4(four, zip_high16(high[0], high[1]), sum[b][3]);
    }
  }
  UNROLL for (int b = 0; b < kBlocks; ++b) {
    UNROLL for (int j = 0; j < 4; ++j) {
      const int unit = first + b * kBytes + j * kLanes;
      if (unit >= layer.units) return;
      const Finish<1> finish(layer, unit);
      layer.logits ? finish.put<true>(sum[b][j], 0, 0) : finish.put<false>(sum[b][j], 0, 0);
    }
  }
}

template <int kBlocks>
void last_row_product(const digitcli::Int8Layer& layer, const uint8_t* value, const int32_t* index,
                      int count, const int8_t* w, int first, int blocks) {
  if (blocks == kBlocks) return row_product<kBlocks>(layer, value, index, count, w, first);
  if constexpr (kBlocks > 1) {
    last_row_product<kBlocks - 1>(layer, value, index, count, w, first, blocks);
  }
}

void int8_row_product(const digitcli::Int8Layer& layer, const uint8_t* value, const int32_t* index,
                      int count, int panel_begin, int panel_end) {
  constexpr int kUnits = kRowBlocks * kBytes;
  for (int panel = panel_begin; panel < panel_end; ++panel) {
    const int first = panel * kUnits;
    const int blocks = (layer.units - first + kBytes - 1) / kBytes;
    last_row_product<kRowBlocks>(layer, value, index, count, layer.w + panel * layer.panel_stride,
                                 first, blocks < kRowBlocks ? blocks : kRowBlocks);
  }
}

int int8_gather(const uint8_t* x, int depth, uint8_t* value, int32_t* index) {
  int count = 0;
  for (int k = 0; k < depth; ++k) {
    value[count] = x[k];
    index[count] = k;
    count += x[k] != 0;
  }
  for (; count % 4 != 0; ++count) value[count] = 0, index[count] = 0;
  return count;
}

}  // namespace
