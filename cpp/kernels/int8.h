// int8 products: convolutions and dense layers at batch. Width-agnostic: compiled once per ISA by
// isa.cpp.
#pragma once
#include "kernels/int8_finish.h"
#include "kernels/int8_sums.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

// Groups of weights that stay in L1 (16 KiB) while many rows are multiplied by them.
constexpr int kDepthGroups = 128;

// Pairs of rows whose sums (32 KiB) are kept for the next weights.
constexpr int kRowPairs = 8;

// Many rows times deep weights, where neither fits into L1: a block of rows takes the weights one
// piece at a time and keeps its sums in between.
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
    const Sums& own = sums[(row - begin) / 2];
    finish.put_rows(own.of[0], own.of[1], row, end, 0, layer.width);
  }
}

inline bool goes_in_pieces(const digitcli::Int8Layer& layer) {
  return kTiles && layer.segment_count == 1 && !layer.pool2 && layer.groups > 2 * kDepthGroups &&
         layer.height > 2 && layer.width <= digitcli::kTileColumns;
}

// How a layer is cut into blocks: two tiles each, of one row of `columns` outputs. Where two rows
// fit into one tile, with what lies between them, a block is four rows: `second` is the place in
// the tile at which the other one begins.
struct Blocks {
  int columns, across;  // outputs of a row in a tile, and tiles in a row
  int second = 0;       // 0: one row in a tile
  int rows = 2;

  explicit Blocks(const digitcli::Int8Layer& layer) {
    across = (layer.width + digitcli::kTileColumns - 1) / digitcli::kTileColumns;
    columns = (layer.width + across - 1) / across;
    if (layer.pool2) columns += columns % 2;  // whole pairs
    const ptrdiff_t between = layer.row_stride / layer.column_stride;
    if (kTiles && layer.row_stride % layer.column_stride == 0 &&
        between + layer.width <= digitcli::kTileColumns && layer.height > 1) {
      second = static_cast<int>(between);
      columns = layer.width;
      rows = 4;
    }
  }

  int tile_rows() const { return second + columns; }
};

// One block of a panel's sums: rows from `row` on, columns from `first` on.
template <int kVectors>
void sum_block(const digitcli::Int8Layer& layer, const Blocks& blocks, int row, int end, int first,
               const int8_t* w, Sums& sums) {
  const int other = row + blocks.rows / 2 < end ? row + blocks.rows / 2 : row;
  const uint8_t* at = layer.x + first * layer.column_stride;
  const uint8_t* const x[2] = {at + row * layer.row_stride, at + other * layer.row_stride};
  sum_tiles<kVectors>(layer, x, w, sums);
}

template <int kVectors>
void finish_block(const digitcli::Int8Layer& layer, const Blocks& blocks,
                  const Finish<kVectors>& finish, int row, int end, int first, int columns,
                  const Sums& sums) {
  for (int pair = 0; pair < blocks.rows / 2 && row + 2 * pair < end; ++pair) {
    const int above = row + 2 * pair;
    const auto* upper = sums.of[pair];
    const auto* lower = blocks.second > 0 ? upper + blocks.second : sums.of[1];
    if (layer.pool2) {
      finish.put_pooled(upper, above + 1 < end ? lower : upper, above / 2, first, columns);
    } else {
      finish.put_rows(upper, lower, above, end, first, columns);
    }
  }
}

// All blocks of a panel. The sums of the next block are started before one is finished.
template <int kVectors>
void product_in_blocks(const digitcli::Int8Layer& layer, int begin, int end, int panel) {
  const Blocks blocks(layer);
  const Finish<kVectors> finish(layer, panel * kInt8Width);
  const int8_t* w = layer.w + panel * layer.panel_stride;
  alignas(64) Sums sums[2];
  int row_before = 0, first_before = -1, columns_before = 0, turn = 0;
  for (int row = begin; row < end; row += blocks.rows) {
    for (int first = 0; first < layer.width; first += blocks.columns, turn ^= 1) {
      const int left = layer.width - first;
      const int columns = left < blocks.columns ? left : blocks.columns;
      sum_block<kVectors>(layer, blocks, row, end, first, w, sums[turn]);
      if (first_before >= 0) {
        finish_block<kVectors>(layer, blocks, finish, row_before, end, first_before, columns_before,
                               sums[turn ^ 1]);
      }
      row_before = row;
      first_before = first;
      columns_before = columns;
    }
  }
  if (first_before >= 0) {
    finish_block<kVectors>(layer, blocks, finish, row_before, end, first_before, columns_before,
                           sums[turn ^ 1]);
  }
}

template <bool kLogits, int kColumns, int kVectors>
void finish_row(const I32 (&sum)[kColumns][kVectors], const Finish<kVectors>& finish,
                ptrdiff_t at) {
  UNROLL for (int c = 0; c < kColumns; ++c, at += finish.column_stride) {
    UNROLL for (int v = 0; v < kVectors; ++v) finish.template put<kLogits>(sum[c][v], v, at);
  }
}

// The sums of kColumns outputs in each of kLines rows, and what is made of them without leaving the
// registers: of two rows, the largest of each 2x2, from which a last column may be missing.
template <int kLines, int kColumns, int kVectors>
void finish_lines(const DotOperands& operands, const uint8_t* const* x, const int8_t* w,
                  const Finish<kVectors>& finish, ptrdiff_t at) {
  I32 sum[kLines * kColumns][kVectors];
  sum_lines<Dot4, kLines, kColumns, kVectors>(operands, x, w, sum);
  if constexpr (kLines == 2) {
    UNROLL for (int c = 0; c < kColumns; c += 2, at += finish.column_stride) {
      const int next = c + 1 < kColumns ? c + 1 : c;
      UNROLL for (int v = 0; v < kVectors; ++v) {
        const I32 above = max(sum[c][v], sum[next][v]);
        const I32 below = max(sum[kColumns + c][v], sum[kColumns + next][v]);
        finish.template put<false>(max(above, below), v, at);
      }
    }
  } else if (finish.logits) {
    finish_row<true>(sum, finish, at);
  } else {
    finish_row<false>(sum, finish, at);
  }
}

// The functions of all numbers of columns.
template <int kLines, int kVectors>
struct FinishLines {
  static constexpr int kMost = kInt8Rows / kLines;
  using Function = void(const DotOperands&, const uint8_t* const*, const int8_t*,
                        const Finish<kVectors>&, ptrdiff_t);
  Function* of[kMost + 1] = {};

  constexpr FinishLines() { fill<kMost>(); }
  template <int kColumns>
  constexpr void fill() {
    of[kColumns] = finish_lines<kLines, kColumns, kVectors>;
    if constexpr (kColumns > 1) fill<kColumns - 1>();
  }
};

template <int kLines, int kVectors>
constexpr FinishLines<kLines, kVectors> kFinishLines;

// Rows [begin, end) of a panel's sums, kLines at a time, in blocks of nearly equal columns.
template <int kLines, int kVectors>
void product_in_registers(const digitcli::Int8Layer& layer, int begin, int end, int panel) {
  constexpr int kMost = kInt8Rows / kLines / kLines * kLines;  // of two rows, whole pairs
  const int blocks = (layer.width + kMost - 1) / kMost;
  int columns = (layer.width + blocks - 1) / blocks;
  columns += columns % kLines;
  const Finish<kVectors> finish(layer, panel * kInt8Width);
  const DotOperands operands{layer.segments, layer.segment_count, layer.groups,
                             layer.column_stride};
  const int8_t* w = layer.w + panel * layer.panel_stride;
  for (int row = begin; row < end; row += kLines) {
    const uint8_t* above = layer.x + row * layer.row_stride;
    const uint8_t* below = row + 1 < end ? above + layer.row_stride : above;
    for (int first = 0; first < layer.width; first += columns) {
      const int left = layer.width - first, count = left < columns ? left : columns;
      const ptrdiff_t offset = first * layer.column_stride;
      const uint8_t* const x[2] = {above + offset, below + offset};
      kFinishLines<kLines, kVectors>.of[count](
          operands, x, w, finish,
          row / kLines * finish.row_stride + first / kLines * finish.column_stride);
    }
  }
}

template <int kVectors>
void product_of_panel(const digitcli::Int8Layer& layer, int begin, int end, int panel) {
  if constexpr (!kTiles) {
    layer.pool2 ? product_in_registers<2, kVectors>(layer, begin, end, panel)
                : product_in_registers<1, kVectors>(layer, begin, end, panel);
    return;
  }
  if (!goes_in_pieces(layer)) return product_in_blocks<kVectors>(layer, begin, end, panel);
  for (int row = begin; row < end; row += 2 * kRowPairs) {
    const int stop = end < row + 2 * kRowPairs ? end : row + 2 * kRowPairs;
    product_in_pieces<kVectors>(layer, row, stop, panel);
  }
}

void int8_product(const digitcli::Int8Layer& layer, int row_begin, int row_end, int panel_begin,
                  int panel_end) {
  // From rows of y to rows of sums.
  const int begin = layer.pool2 ? 2 * row_begin : row_begin;
  const int pooled_end = 2 * row_end < layer.height ? 2 * row_end : layer.height;
  const int end = layer.pool2 ? pooled_end : row_end;
  configure_tiles(Blocks(layer).tile_rows(), tile_groups(layer.groups));
  for (int panel = panel_begin; panel < panel_end; ++panel) {
    const bool narrow = panel + 1 == layer.panels && layer.last_vectors == 1;
    narrow ? product_of_panel<1>(layer, begin, end, panel)
           : product_of_panel<2>(layer, begin, end, panel);
  }
  release_tiles();
}

}  // namespace
