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

// sum[m][v] over all segments for kRows rows.
template <class Dot, int kRows, int kVectors>
void dot_rows(const DotOperands& operands, const uint8_t* x, const int8_t* w, int32_t* y,
              ptrdiff_t y_stride) {
  constexpr int kSharing = 3;  // rows that share one base pointer, as in product()
  constexpr int kBases = (kRows + kSharing - 1) / kSharing;
  const ptrdiff_t stride = operands.stride;
  I32 sum[kRows][kVectors] = {};
  for (int s = 0; s < operands.segment_count; ++s) {
    const uint8_t* base[kBases];
    UNROLL for (int j = 0; j < kBases; ++j) {
      base[j] = x + operands.segments[s] + j * kSharing * stride;
    }
    for (int g = 0; g < operands.groups; ++g, w += kVectors * kBytes) {
      I8 weight[kVectors];
      UNROLL for (int v = 0; v < kVectors; ++v) weight[v] = load(w + v * kBytes);
      UNROLL for (int m = 0; m < kRows; ++m) {
        const uint8_t* value = base[m / kSharing] + m % kSharing * stride;
        UNROLL for (int v = 0; v < kVectors; ++v) sum[m][v] = Dot::of(value, weight[v], sum[m][v]);
      }
      UNROLL for (int j = 0; j < kBases; ++j) base[j] += 4;
    }
  }
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

// The sums of `columns` outputs of one row.
template <int kVectors>
void sum_row(const digitcli::Int8Layer& layer, const uint8_t* x, int columns, const int8_t* w,
             int32_t* y) {
  const DotOperands operands{layer.segments, layer.segment_count, layer.groups,
                             layer.column_stride};
  for (int first = 0; first < columns; first += kInt8Rows) {
    const int rows = columns - first < kInt8Rows ? columns - first : kInt8Rows;
    kDotRows<Dot4, kVectors>.of[rows](operands, x + first * layer.column_stride, w,
                                      y + first * kInt8Width, kInt8Width);
  }
}

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
