// What the machine can do at best: nothing but multiplications, nothing but loads. Each kernel
// keeps as many independent sums as a tile of product.h, enough to hide the latency of one.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

constexpr int kPeakSums = 2 * kTileRows;
constexpr int kPeakLoads = 8;  // vectors that one step of read_all loads

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

// int8: `steps` times kPeakSums products of unsigned and signed bytes, added in fours to int32.
// Where the ISA widens bytes first, every product widens its own activations, as a tile does.
int32_t peak_dot(int64_t steps) {
  I32 sum[kPeakSums];
  U8 a = U8{} + static_cast<uint8_t>(3);
  const I8 b = I8{} + static_cast<int8_t>(-2);
  for (int i = 0; i < kPeakSums; ++i) sum[i] = I32{} + i;
  for (int64_t step = 0; step < steps; ++step) {
    UNROLL_ALL for (int i = 0; i < kPeakSums; ++i) {
      opaque(a);  // or one product would serve all sums
      sum[i] = dot4(a, b, sum[i]);
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
