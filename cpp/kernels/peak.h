// What the machine can do at best: nothing but multiplications, nothing but loads. Each kernel
// keeps as many independent sums as a tile of product.h, enough to hide the latency of one.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

constexpr int kPeakSums = 2 * kTileRows;

// Vectors that one step of peak_read loads.
constexpr int kPeakLoads = 8;

// Products of tiles in one step of peak_dot, each of 16 rows x 16 units x 64 bytes.
constexpr int kPeakTiles = 8;
constexpr int kPeakDotOps = kTiles ? kPeakTiles * 2 * 16 * 16 * 64 : kPeakSums * 2 * kBytes;

// float32: `steps` times kPeakSums fused multiply-adds (or a multiplication and an addition).
float peak_fma(int64_t steps) {
  F32 sum[kPeakSums], weight[2];
  UNROLL for (int v = 0; v < 2; ++v) weight[v] = F32{} + 0.5f;
  for (int i = 0; i < kPeakSums; ++i) sum[i] = F32{} + static_cast<float>(i);
  opaque(weight[0]);
  opaque(weight[1]);
  for (int64_t step = 0; step < steps; ++step) {
    UNROLL_ALL for (int i = 0; i < kPeakSums; ++i) {
      sum[i] = mul_add(0.5f, weight[i % 2], sum[i]);
    }
  }
  F32 total = {};
  for (int i = 0; i < kPeakSums; ++i) total += sum[i];
  return total[0];
}

// int8 by tiles: four sums, as a block of int8_sums.h has. Inputs and weights are zero.
[[maybe_unused]] int32_t peak_dot_tiles(int64_t steps) {
  configure_tiles(16, 16);
  for (int64_t step = 0; step < steps; ++step) {
    UNROLL_ALL for (int i = 0; i < kPeakTiles / 4; ++i) {
      dot_tiles<0, 4, 6>();
      dot_tiles<1, 4, 7>();
      dot_tiles<2, 5, 6>();
      dot_tiles<3, 5, 7>();
    }
  }
  release_tiles();
  return 0;
}

// int8: `steps` times kPeakSums products of unsigned and signed bytes, added in fours to int32.
// Where the ISA widens bytes first, two products share widened activations, as in a tile.
int32_t peak_dot(int64_t steps) {
  if constexpr (kTiles) return peak_dot_tiles(steps);
  I32 sum[kPeakSums];
  U8 a = U8{} + static_cast<uint8_t>(3);
  I8 b[2] = {I8{} + static_cast<int8_t>(-2), I8{} + static_cast<int8_t>(5)};
  opaque(b[0]);
  opaque(b[1]);
  for (int i = 0; i < kPeakSums; ++i) sum[i] = I32{} + i;
  for (int64_t step = 0; step < steps; ++step) {
    UNROLL_ALL for (int i = 0; i < kPeakSums; i += 2) {
      opaque(a);  // or one product would serve all sums
      UNROLL for (int v = 0; v < 2; ++v) sum[i + v] = dot4(a, b[v], sum[i + v]);
    }
  }
  I32 total = {};
  for (int i = 0; i < kPeakSums; ++i) total += sum[i];
  return total[0];
}

// Loads every byte of `bytes`, a multiple of kPeakLoads * kBytes, and adds it up.
int32_t peak_read(const uint8_t* from, int64_t bytes) {
  U32 sum[kPeakLoads] = {};  // unsigned: any bytes may come, and sums may wrap
  for (const uint8_t* end = from + bytes; from < end; from += kPeakLoads * kBytes) {
    UNROLL for (int i = 0; i < kPeakLoads; ++i) sum[i] += (U32)load_ints(from + i * kBytes);
  }
  U32 total = {};
  for (int i = 0; i < kPeakLoads; ++i) total += sum[i];
  return static_cast<int32_t>(total[0]);
}

}  // namespace
