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

// Adds `groups` groups of two rows of inputs times two vectors of weights: each tile that is loaded
// serves two products. Between them, `lines` cache lines from `ahead` on are asked for at a time.
template <int kVectors>
void add_tiles(const uint8_t* first, const uint8_t* second, ptrdiff_t stride, int groups,
               const int8_t* w, const int8_t* ahead = nullptr, int lines = 0) {
  constexpr ptrdiff_t kWeightStride = kVectors * kBytes;
  for (int g = 0; g < groups; g += 16, first += 64, second += 64, w += 16 * kWeightStride) {
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

// From sums to answers for one panel; a copy of all it needs, since a store of bytes might change
// anything else as far as the compiler knows.
template <int kVectors>
struct Finish {
  I32 bias[kVectors];
  F32 scale[kVectors];
  bool logits;
  void* y;
  ptrdiff_t row_stride, column_stride;

  Finish(const digitcli::Int8Layer& layer, int unit)
      : logits(layer.logits),
        y(layer.y),
        row_stride(layer.y_row_stride),
        column_stride(layer.y_column_stride) {
    UNROLL for (int v = 0; v < kVectors; ++v) {
      bias[v] = load(layer.bias + unit + v * kLanes);
      scale[v] = load(layer.scale + unit + v * kLanes);
    }
    y = logits ? static_cast<void*>(static_cast<float*>(y) + unit)
               : static_cast<void*>(static_cast<uint8_t*>(y) + unit);
  }

  // Vector v of one output, to value `at` of y.
  template <bool kLogits>
  void put(I32 sum, int v, ptrdiff_t at) const {
    if constexpr (kLogits) {
      store(__builtin_convertvector(sum + bias[v], F32) * scale[v],
            static_cast<float*>(y) + at + v * kLanes);
    } else {
      store_quantized(sum + bias[v], scale[v], static_cast<uint8_t*>(y) + at + v * kLanes);
    }
  }

  // `columns` sums of one row, from column `first` on, to row `row` of y.
  template <bool kLogits>
  void put_row(const int32_t (*sums)[kInt8Width], int row, int first, int columns) const {
    ptrdiff_t at = row * row_stride + first * column_stride;
    for (int c = 0; c < columns; ++c, at += column_stride) {
      UNROLL for (int v = 0; v < kVectors; ++v) put<kLogits>(load(sums[c] + v * kLanes), v, at);
    }
  }

  // The same after pooling: `first` is even, and both rows are there, be it twice the same.
  void put_pooled(const Sums& sums, int row, int first, int columns) const {
    ptrdiff_t at = row * row_stride + first / 2 * column_stride;
    for (int c = 0; c < columns; c += 2, at += column_stride) {
      const int next = c + 1 < columns ? c + 1 : c;
      UNROLL for (int v = 0; v < kVectors; ++v) {
        const int lane = v * kLanes;
        const I32 above = max(load(sums.of[0][c] + lane), load(sums.of[0][next] + lane));
        const I32 below = max(load(sums.of[1][c] + lane), load(sums.of[1][next] + lane));
        put<false>(max(above, below), v, at);
      }
    }
  }

  void put_rows(const Sums& sums, int row, int other, int first, int columns) const {
    if (logits) {
      put_row<true>(sums.of[0], row, first, columns);
      if (other != row) put_row<true>(sums.of[1], other, first, columns);
    } else {
      put_row<false>(sums.of[0], row, first, columns);
      if (other != row) put_row<false>(sums.of[1], other, first, columns);
    }
  }
};

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
  const Finish<kVectors> finish(layer, panel * kInt8Width);
  const int step = tile_columns(layer);
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
    if (layer.pool2) {
      finish.put_pooled(sums, row / 2, first, columns);
    } else {
      finish.put_rows(sums, row, other, first, columns);
    }
  }
}

constexpr int kDepthGroups = 128;  // of weights that stay in L1 (16 KiB) while many rows pass by
constexpr int kRowPairs = 8;       // whose sums (32 KiB) wait for the next weights

// Many rows times deep weights, neither of which fit into L1: for a block of rows, the weights a
// piece at a time, sums kept in between.
template <int kVectors>
void product_in_pieces(const digitcli::Int8Layer& layer, int begin, int end, int panel) {
  alignas(64) Sums sums[kRowPairs];
  const int8_t* w = layer.w + panel * layer.panel_stride;
  constexpr int kPieceLines = kDepthGroups * kVectors * kBytes / 64;
  const int pairs = (end - begin + 1) / 2, lines = kPieceLines / (kDepthGroups / 16) / pairs;
  for (int group = 0; group < layer.groups; group += kDepthGroups, w += kPieceLines * 64) {
    const int left = layer.groups - group, groups = left < kDepthGroups ? left : kDepthGroups;
    const uint8_t* x = layer.x + layer.segments[0] + 4 * group;
    for (int row = begin; row < end; row += 2) {
      const uint8_t* first = x + row * layer.row_stride;
      const uint8_t* second = row + 1 < end ? first + layer.row_stride : first;
      Sums& own = sums[(row - begin) / 2];
      group == 0 ? clear_sums() : load_sums<kVectors>(own);
      add_tiles<kVectors>(first, second, layer.column_stride, groups, w,
                          w + kPieceLines * 64 + (row - begin) / 2 * (kPieceLines / pairs) * 64,
                          lines);
      store_sums<kVectors>(own);
    }
  }
  const Finish<kVectors> finish(layer, panel * kInt8Width);
  for (int row = begin; row < end; row += 2) {
    const int other = row + 1 < end ? row + 1 : row;
    finish.put_rows(sums[(row - begin) / 2], row, other, 0, layer.width);
  }
}

inline bool goes_in_pieces(const digitcli::Int8Layer& layer) {
  return kTiles && layer.segment_count == 1 && !layer.pool2 && layer.groups > 2 * kDepthGroups &&
         layer.height > 2 && layer.width <= digitcli::kTileColumns;
}

template <int kVectors>
void product_of_panel(const digitcli::Int8Layer& layer, int begin, int end, int panel) {
  if (goes_in_pieces(layer)) {
    for (int row = begin; row < end; row += 2 * kRowPairs) {
      const int stop = end < row + 2 * kRowPairs ? end : row + 2 * kRowPairs;
      product_in_pieces<kVectors>(layer, row, stop, panel);
    }
    return;
  }
  for (int row = begin; row < end; row += 2) {
    product_of_rows<kVectors>(layer, row, row + 1 < end ? row + 1 : row, panel);
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
    narrow ? product_of_panel<1>(layer, begin, end, panel)
           : product_of_panel<2>(layer, begin, end, panel);
  }
  release_tiles();
}

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

// Pixels [first, first + kPixels) of `rows` rows, as eight bytes each.
inline U64 lift_pixels(const uint8_t* x, int width, int rows, int skipped) {
  U64 pixels = {};
  for (int j = 0; j < rows; ++j) pixels |= load_pixels(x + j * width) << 8 * (skipped + j);
  return pixels;
}

inline uint64_t lift_pixel(const uint8_t* x, int width, int rows, int skipped) {
  uint64_t pixel = 0;
  for (int j = 0; j < rows; ++j) pixel |= static_cast<uint64_t>(x[j * width]) << 8 * (skipped + j);
  return pixel;
}

void int8_lift(const uint8_t* x, int height, int width, int first_row, int rows, uint8_t* y) {
  const int begin = first_row > 0 ? first_row : 0;
  const int end = first_row + rows < height ? first_row + rows : height;
  const int count = end > begin ? end - begin : 0, skipped = begin - first_row;
  x += count > 0 ? static_cast<ptrdiff_t>(begin) * width : 0;
  int c = 0;
  for (; c + kPixels <= width; c += kPixels)
    store(lift_pixels(x + c, width, count, skipped), y + 8 * c);
  if (c < width && width >= kPixels) {  // the last ones once more
    c = width - kPixels;
    store(lift_pixels(x + c, width, count, skipped), y + 8 * c);
    return;
  }
  for (; c < width; ++c) {
    const uint64_t pixel = lift_pixel(x + c, width, count, skipped);
    __builtin_memcpy(y + 8 * c, &pixel, sizeof pixel);
  }
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
