// int8 products and pools. Width-agnostic: compiled once per ISA by isa.cpp.
#pragma once
#include "kernels.h"
#include "simd.h"

namespace {

constexpr int kInt8Width = digitcli::kMaxVectors * kLanes;  // units in a full panel

// The sums of two rows of up to 16 outputs, for one panel.
struct Sums {
  int32_t of[2][digitcli::kTileColumns][kInt8Width];
};

// sum[m][v] over all segments for kRows outputs that lie `stride` bytes apart.
template <int kRows, int kVectors>
void dot_rows(const digitcli::Int8Layer& layer, const uint8_t* x, const int8_t* w, int32_t* y) {
  constexpr int kSharing = 3;  // rows that share one base pointer, as in product()
  constexpr int kBases = (kRows + kSharing - 1) / kSharing;
  const ptrdiff_t stride = layer.column_stride;
  I32 sum[kRows][kVectors] = {};
  for (int s = 0; s < layer.segment_count; ++s) {
    const uint8_t* base[kBases];
    UNROLL for (int j = 0; j < kBases; ++j) base[j] = x + layer.segments[s] + j * kSharing * stride;
    for (int g = 0; g < layer.groups; ++g, w += kVectors * kBytes) {
      I8 weight[kVectors];
      UNROLL for (int v = 0; v < kVectors; ++v) weight[v] = load(w + v * kBytes);
      UNROLL for (int m = 0; m < kRows; ++m) {
        const U8 value = repeat4(base[m / kSharing] + m % kSharing * stride);
        UNROLL for (int v = 0; v < kVectors; ++v) sum[m][v] = dot4(value, weight[v], sum[m][v]);
      }
      UNROLL for (int j = 0; j < kBases; ++j) base[j] += 4;
    }
  }
  UNROLL for (int m = 0; m < kRows; ++m) {
    UNROLL for (int v = 0; v < kVectors; ++v) store(sum[m][v], y + m * kInt8Width + v * kLanes);
  }
}

template <int kVectors>
struct DotRows {
  using Function = void(const digitcli::Int8Layer&, const uint8_t*, const int8_t*, int32_t*);
  Function* of[kInt8Rows + 1] = {};  // [rows]

  constexpr DotRows() { fill<kInt8Rows>(); }
  template <int kRows>
  constexpr void fill() {
    of[kRows] = dot_rows<kRows, kVectors>;
    if constexpr (kRows > 1) fill<kRows - 1>();
  }
};

template <int kVectors>
constexpr DotRows<kVectors> kDotRows;

// The sums of `columns` outputs of one row.
template <int kVectors>
void sum_row(const digitcli::Int8Layer& layer, const uint8_t* x, int columns, const int8_t* w,
             int32_t* y) {
  for (int first = 0; first < columns; first += kInt8Rows) {
    const int rows = columns - first < kInt8Rows ? columns - first : kInt8Rows;
    kDotRows<kVectors>.of[rows](layer, x + first * layer.column_stride, w, y + first * kInt8Width);
  }
}

// Two rows of inputs times two vectors of weights: each tile that is loaded serves two products.
template <int kVectors>
void sum_tiles(const digitcli::Int8Layer& layer, const uint8_t* const x[2], const int8_t* w,
               Sums& sums) {
  constexpr ptrdiff_t kWeightStride = kVectors * kBytes;
  zero_tile<0>();
  zero_tile<1>();
  zero_tile<2>();
  zero_tile<3>();
  for (int s = 0; s < layer.segment_count; ++s) {
    const uint8_t* first = x[0] + layer.segments[s];
    const uint8_t* second = x[1] + layer.segments[s];
    for (int g = 0; g < layer.groups; g += 16, first += 64, second += 64, w += 16 * kWeightStride) {
      load_tile<4>(first, layer.column_stride);
      load_tile<6>(w, kWeightStride);
      dot_tiles<0, 4, 6>();
      load_tile<5>(second, layer.column_stride);
      dot_tiles<2, 5, 6>();
      if constexpr (kVectors == 2) {
        load_tile<7>(w + kBytes, kWeightStride);
        dot_tiles<1, 4, 7>();
        dot_tiles<3, 5, 7>();
      }
    }
  }
  constexpr ptrdiff_t kRow = kInt8Width * static_cast<ptrdiff_t>(sizeof(int32_t));
  store_tile<0>(sums.of[0], kRow);
  store_tile<2>(sums.of[1], kRow);
  if constexpr (kVectors == 2) {
    store_tile<1>(sums.of[0][0] + kLanes, kRow);
    store_tile<3>(sums.of[1][0] + kLanes, kRow);
  }
}

inline I32 max(I32 a, I32 b) { return a > b ? a : b; }

// One vector of sums into the layer's answer at value `at` of y.
inline void finish(const digitcli::Int8Layer& layer, I32 sum, int unit, ptrdiff_t at) {
  const F32 scale = load(layer.scale + unit);
  sum += load(layer.bias + unit);
  if (layer.logits) {
    store(__builtin_convertvector(sum, F32) * scale, static_cast<float*>(layer.y) + at);
  } else {
    store_quantized(sum, scale, static_cast<uint8_t*>(layer.y) + at);
  }
}

// `columns` sums of one row, from column `first` on, to row `row` of y.
template <int kVectors>
void finish_row(const digitcli::Int8Layer& layer, const int32_t (*sums)[kInt8Width], int row,
                int first, int columns, int unit) {
  ptrdiff_t at = row * layer.y_row_stride + first * layer.y_column_stride + unit;
  for (int c = 0; c < columns; ++c, at += layer.y_column_stride) {
    UNROLL for (int v = 0; v < kVectors; ++v) {
      finish(layer, load(sums[c] + v * kLanes), unit + v * kLanes, at + v * kLanes);
    }
  }
}

// The same after pooling: `first` is even, and both rows are there, be it twice the same.
template <int kVectors>
void finish_pooled(const digitcli::Int8Layer& layer, const Sums& sums, int row, int first,
                   int columns, int unit) {
  ptrdiff_t at = row * layer.y_row_stride + first / 2 * layer.y_column_stride + unit;
  for (int c = 0; c < columns; c += 2, at += layer.y_column_stride) {
    const int next = c + 1 < columns ? c + 1 : c;
    UNROLL for (int v = 0; v < kVectors; ++v) {
      const int lane = v * kLanes;
      const I32 above = max(load(sums.of[0][c] + lane), load(sums.of[0][next] + lane));
      const I32 below = max(load(sums.of[1][c] + lane), load(sums.of[1][next] + lane));
      finish(layer, max(above, below), unit + lane, at + lane);
    }
  }
}

// Columns that a tile covers: all tiles alike, whole pairs if these are pooled.
inline int tile_columns(const digitcli::Int8Layer& layer) {
  const int tiles = (layer.width + digitcli::kTileColumns - 1) / digitcli::kTileColumns;
  const int columns = (layer.width + tiles - 1) / tiles;
  return layer.pool2 ? columns + columns % 2 : columns;
}

// Rows `row` and `other` of the sums, which are the same where there is no second one.
template <int kVectors>
void product_of_rows(const digitcli::Int8Layer& layer, int row, int other, int panel) {
  const int8_t* w = layer.w + panel * layer.panel_stride;
  const int unit = panel * kInt8Width, step = tile_columns(layer);
  for (int first = 0; first < layer.width; first += step) {
    const int columns = layer.width - first < step ? layer.width - first : step;
    const uint8_t* at = layer.x + first * layer.column_stride;
    const uint8_t* const x[2] = {at + row * layer.row_stride, at + other * layer.row_stride};
    alignas(64) Sums sums;
    if constexpr (kTiles) {
      sum_tiles<kVectors>(layer, x, w, sums);
    } else {
      sum_row<kVectors>(layer, x[0], columns, w, sums.of[0][0]);
      if (other != row || layer.pool2) {
        sum_row<kVectors>(layer, x[1], columns, w, sums.of[1][0]);
      }
    }
    if (!layer.pool2) {
      finish_row<kVectors>(layer, sums.of[0], row, first, columns, unit);
      if (other != row) finish_row<kVectors>(layer, sums.of[1], other, first, columns, unit);
    } else {
      finish_pooled<kVectors>(layer, sums, row / 2, first, columns, unit);
    }
  }
}

void int8_product(const digitcli::Int8Layer& layer, int row_begin, int row_end, int panel_begin,
                  int panel_end) {
  // From rows of y to rows of sums.
  const int begin = layer.pool2 ? 2 * row_begin : row_begin;
  const int pooled_end = 2 * row_end < layer.height ? 2 * row_end : layer.height;
  const int end = layer.pool2 ? pooled_end : row_end;
  configure_tiles(tile_columns(layer));
  for (int panel = panel_begin; panel < panel_end; ++panel) {
    const bool narrow = panel + 1 == layer.panels && layer.last_vectors == 1;
    for (int row = begin; row < end; row += 2) {
      const int other = row + 1 < end ? row + 1 : row;
      narrow ? product_of_rows<1>(layer, row, other, panel)
             : product_of_rows<2>(layer, row, other, panel);
    }
  }
  release_tiles();
}

template <int kPanels, int kVectors>
void row_panels(const digitcli::Int8Layer& layer, const uint32_t* value, const int32_t* index,
                int count, int panel) {
  const int8_t* w = layer.w + panel * layer.panel_stride;
  I32 sum[kPanels][kVectors] = {};
  for (int i = 0; i < count; ++i) {
    const U8 four = repeat4(value + i);
    const int8_t* row = w + static_cast<ptrdiff_t>(index[i]) * (kVectors * kBytes);
    UNROLL for (int p = 0; p < kPanels; ++p) {
      UNROLL for (int v = 0; v < kVectors; ++v) {
        sum[p][v] = dot4(four, load(row + p * layer.panel_stride + v * kBytes), sum[p][v]);
      }
    }
  }
  UNROLL for (int p = 0; p < kPanels; ++p) {
    UNROLL for (int v = 0; v < kVectors; ++v) {
      const int unit = (panel + p) * kInt8Width + v * kLanes;
      finish(layer, sum[p][v], unit, unit);
    }
  }
}

void int8_row_product(const digitcli::Int8Layer& layer, const uint32_t* value, const int32_t* index,
                      int count, int panel_begin, int panel_end) {
  const bool narrow = panel_end == layer.panels && layer.last_vectors == 1;
  const int full = narrow ? panel_end - 1 : panel_end;
  int panel = panel_begin;
  for (; panel + 4 <= full; panel += 4) row_panels<4, 2>(layer, value, index, count, panel);
  for (; panel < full; ++panel) row_panels<1, 2>(layer, value, index, count, panel);
  if (narrow) row_panels<1, 1>(layer, value, index, count, full);
}

int int8_gather(const uint8_t* x, int groups, uint32_t* value, int32_t* index) {
  int count = 0;
  for (int g = 0; g < groups; ++g) {
    uint32_t four;
    __builtin_memcpy(&four, x + 4 * g, sizeof four);
    value[count] = four;
    index[count] = g;
    count += four != 0;
  }
  return count;
}

template <class Pixel>
void lift_rows(const uint8_t* x, int width, int rows, int skipped, uint8_t* y) {
  for (int c = 0; c < width; ++c) {
    Pixel pixel = 0;
    for (int j = 0; j < rows; ++j) {
      pixel |= static_cast<Pixel>(static_cast<Pixel>(x[j * width + c]) << (8 * (skipped + j)));
    }
    __builtin_memcpy(y + c * sizeof pixel, &pixel, sizeof pixel);
  }
}

void int8_lift(const uint8_t* x, int height, int width, int first_row, int rows, int depth,
               uint8_t* y) {
  const int begin = first_row > 0 ? first_row : 0;
  const int end = first_row + rows < height ? first_row + rows : height;
  const uint8_t* from = x + static_cast<ptrdiff_t>(begin) * width;
  const int count = end > begin ? end - begin : 0;
  depth == 4 ? lift_rows<uint32_t>(from, width, count, begin - first_row, y)
             : lift_rows<uint64_t>(from, width, count, begin - first_row, y);
}

void int8_max_pool(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                   int columns, uint8_t* y, int channels) {
  for (int c = 0; c < channels; ++c) y[c] = 0;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const uint8_t* from = x + row * row_stride + column * pixel_stride;
      for (int c = 0; c < channels; ++c) y[c] = y[c] > from[c] ? y[c] : from[c];
    }
  }
}

void int8_average_pool(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                       int columns, float scale, bool logits, void* y, int channels) {
  for (int c = 0; c < channels; c += kLanes) {
    I32 sum = {};
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        sum += load_bytes(x + row * row_stride + column * pixel_stride + c);
      }
    }
    if (logits) {
      store(__builtin_convertvector(sum, F32) * scale, static_cast<float*>(y) + c);
    } else {
      store_quantized(sum, F32{} + scale, static_cast<uint8_t*>(y) + c);
    }
  }
}

}  // namespace
