// So many half vectors side by side: whole ones, and perhaps a half. Width-agnostic: compiled once
// per ISA by isa.cpp.
#pragma once
#include "kernels/simd.h"

namespace {

template <int kHalves>
struct Width {
  static constexpr int kFloats = kHalves * kHalf, kWhole = kFloats / kLanes;
  static constexpr bool kTail = kFloats % kLanes > 0;
  static constexpr int kMost = kWhole > 0 ? kWhole : 1;  // no array is empty
};

// One row of a panel.
template <int kHalves>
struct Weights {
  explicit Weights(const float* w) {
    using Of = Width<kHalves>;
    UNROLL for (int v = 0; v < Of::kWhole; ++v) whole[v] = load(w + v * kLanes);
    if constexpr (Of::kTail) tail = load_half(w + Of::kWhole * kLanes);
  }

  F32 whole[Width<kHalves>::kMost];
  HalfF32 tail;
};

}  // namespace
