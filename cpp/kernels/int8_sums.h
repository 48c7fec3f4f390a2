// Exact sums of products of bytes, by vectors or by tiles. Width-agnostic: compiled once per ISA by
// isa.cpp.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

// Units in a full panel.
constexpr int kInt8Width = digitcli::kMaxVectors * kLanes;

// The sums of two rows of up to 16 outputs, for one panel.
struct Sums {
  int32_t of[2][digitcli::kTileColumns][kInt8Width];
};

// What one tile of dot products reads: `segment_count` runs of `groups` groups of four bytes, each
// at its offset from a row; rows lie `stride` bytes apart.
struct DotOperands {
  const ptrdiff_t* segments;
  int segment_count, groups;
  ptrdiff_t stride;
};

// Four bytes of a row times four of each unit, or two numbers of 16 bits times two.
struct Dot4 {
  static constexpr int kMostRows = kInt8Rows;
  static I32 of(const uint8_t* x, I8 w, I32 sum) { return dot4(repeat4(x), w, sum); }
};
struct Dot2 {
  static constexpr int kMostRows = kPairRows;
  static I32 of(const uint8_t* x, I8 w, I32 sum) { return dot2((I16)repeat4(x), (I16)w, sum); }
};

// sum[line * kColumns + c][v] over all segments, for columns c of rows of outputs that start at
// x[0] and, if there are two, x[1].
template <class Dot, int kLines, int kColumns, int kVectors>
inline void sum_lines(const DotOperands& operands, const uint8_t* const* x, const int8_t* w,
                      I32 (&sum)[kLines * kColumns][kVectors]) {
  constexpr int kSharing = 3;  // columns that share one base pointer, as in product()
  constexpr int kBases = (kColumns + kSharing - 1) / kSharing;
  const ptrdiff_t stride = operands.stride;
  UNROLL_ALL for (int m = 0; m < kLines * kColumns; ++m) {
    UNROLL for (int v = 0; v < kVectors; ++v) sum[m][v] = I32{};
  }
  for (int s = 0; s < operands.segment_count; ++s) {
    const uint8_t* base[kLines * kBases];
    UNROLL for (int j = 0; j < kLines * kBases; ++j) {
      base[j] = x[j / kBases] + operands.segments[s] + j % kBases * kSharing * stride;
    }
    for (int g = 0; g < operands.groups; ++g, w += kVectors * kBytes) {
      I8 weight[kVectors];
      UNROLL for (int v = 0; v < kVectors; ++v) weight[v] = load(w + v * kBytes);
      UNROLL for (int m = 0; m < kLines * kColumns; ++m) {
        const int line = m / kColumns, c = m % kColumns;
        const uint8_t* value = base[line * kBases + c / kSharing] + c % kSharing * stride;
        UNROLL for (int v = 0; v < kVectors; ++v) sum[m][v] = Dot::of(value, weight[v], sum[m][v]);
      }
      UNROLL for (int j = 0; j < kLines * kBases; ++j) base[j] += 4;
    }
  }
}

// The sums of kRows rows.
template <class Dot, int kRows, int kVectors>
void dot_rows(const DotOperands& operands, const uint8_t* x, const int8_t* w, int32_t* y,
              ptrdiff_t y_stride) {
  I32 sum[kRows][kVectors];
  sum_lines<Dot, 1, kRows, kVectors>(operands, &x, w, sum);
  UNROLL for (int m = 0; m < kRows; ++m) {
    UNROLL for (int v = 0; v < kVectors; ++v) store(sum[m][v], y + m * y_stride + v * kLanes);
  }
}

template <class Dot, int kVectors>
struct DotRows {
  using Function = void(const DotOperands&, const uint8_t*, const int8_t*, int32_t*, ptrdiff_t);
  Function* of[Dot::kMostRows + 1] = {};  // [rows]

  constexpr DotRows() { fill<Dot::kMostRows>(); }
  template <int kRows>
  constexpr void fill() {
    of[kRows] = dot_rows<Dot, kRows, kVectors>;
    if constexpr (kRows > 1) fill<kRows - 1>();
  }
};

template <class Dot, int kVectors>
constexpr DotRows<Dot, kVectors> kDotRows;

template <int kVectors>
void load_sums(const Sums& sums) {
  constexpr ptrdiff_t kRow = sizeof sums.of[0][0];
  load_tile<0>(sums.of[0], kRow);
  load_tile<2>(sums.of[1], kRow);
  if constexpr (kVectors == 2) {
    load_tile<1>(sums.of[0][0] + kLanes, kRow);
    load_tile<3>(sums.of[1][0] + kLanes, kRow);
  }
}

template <int kVectors>
void store_sums(Sums& sums) {
  constexpr ptrdiff_t kRow = sizeof sums.of[0][0];
  store_tile<0>(sums.of[0], kRow);
  store_tile<2>(sums.of[1], kRow);
  if constexpr (kVectors == 2) {
    store_tile<1>(sums.of[0][0] + kLanes, kRow);
    store_tile<3>(sums.of[1][0] + kLanes, kRow);
  }
}

inline void clear_sums() {
  zero_tile<0>();
  zero_tile<1>();
  zero_tile<2>();
  zero_tile<3>();
}

// Groups of four in a tile, of a layer whose segments have `groups`: whole cache lines if it can.
inline int tile_groups(int groups) { return groups < 16 ? groups : 16; }

// Adds `groups` groups of two rows of inputs times two vectors of weights: each tile that is loaded
// serves two products. Between them, `lines` cache lines from `ahead` on are asked for at a time.
template <int kVectors>
void add_tiles(const uint8_t* first, const uint8_t* second, ptrdiff_t stride, int groups,
               const int8_t* w, const int8_t* ahead = nullptr, int lines = 0) {
  constexpr ptrdiff_t kWeightStride = kVectors * kBytes;
  const int step = tile_groups(groups);
  for (int g = 0; g < groups; g += step) {
    for (int line = 0; line < lines; ++line, ahead += 64) __builtin_prefetch(ahead, 0, 2);
    load_tile<4>(first, stride);
    load_tile<6>(w, kWeightStride);
    dot_tiles<0, 4, 6>();
    load_tile<5>(second, stride);
    dot_tiles<2, 5, 6>();
    if constexpr (kVectors == 2) {
      load_tile<7>(w + kBytes, kWeightStride);
      dot_tiles<1, 4, 7>();
      dot_tiles<3, 5, 7>();
    }
    first += 4 * step;
    second += 4 * step;
    w += step * kWeightStride;
  }
}

template <int kVectors>
void sum_tiles(const digitcli::Int8Layer& layer, const uint8_t* const x[2], const int8_t* w,
               Sums& sums) {
  const ptrdiff_t segment_bytes = static_cast<ptrdiff_t>(layer.groups) * kVectors * kBytes;
  clear_sums();
  for (int s = 0; s < layer.segment_count; ++s, w += segment_bytes) {
    const ptrdiff_t at = layer.segments[s];
    add_tiles<kVectors>(x[0] + at, x[1] + at, layer.column_stride, layer.groups, w);
  }
  store_sums<kVectors>(sums);
}

}  // namespace
