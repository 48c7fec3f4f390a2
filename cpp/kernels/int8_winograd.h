// Winograd's method in whole numbers: sums of bytes that are exact, to the bit those of the direct
// way. Width-agnostic: compiled once per ISA by isa.cpp.
//
// The points (int8_points.h) are roots of small whole numbers, so that what a tile of bytes is
// worth at a point fits into 16 bits; products are summed modulo 2^32. What comes back is a known
// multiple of each sum: 2^s times an odd number, which has an inverse modulo 2^32. So a sum of less
// than 2^25 is exact, however large the products were on the way.
#pragma once
#include "kernels/int8_points.h"
#include "kernels/int8_sums.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

template <int kWindow, int kMissingRows, int kMissingColumns>
void exact_input(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int channels,
                 int16_t* v, ptrdiff_t point_stride) {
  using Rows = ExactDimension<kWindow, kMissingRows>;
  using Columns = ExactDimension<kWindow, kMissingColumns>;
  constexpr int kGrid = exact_grid(kWindow);
  constexpr int16_t kCentre = kWindow == 5 ? 128 : 0;
  for (int c = 0; c < channels; c += kShorts) {
    if (c + kShorts > channels) c = channels - kShorts;  // some once more
    Shorts half[Columns::kPlaces][Rows::kPlaces];        // [column][place of the rows]
    UNROLL for (int column = 0; column < Columns::kPlaces; ++column) {
      Shorts d[Rows::kPlaces];
      UNROLL for (int row = 0; row < Rows::kPlaces; ++row) {
        d[row] = load_shorts(x + row * row_stride + column * pixel_stride + c) - kCentre;
      }
      Rows::to_points(d, half[column]);
    }
    const auto put = [&](int i, int j, Shorts value) ALWAYS_INLINE {
      store(value, v +
                       (exact_place<kWindow, kMissingRows>(i) * kGrid +
                        exact_place<kWindow, kMissingColumns>(j)) *
                           point_stride +
                       c);
    };
    Shorts square[2][2];
    UNROLL for (int i = 0; i < Rows::kPlaces; ++i) {
      Shorts d[Columns::kPlaces], u[Columns::kPlaces];
      UNROLL for (int column = 0; column < Columns::kPlaces; ++column) d[column] = half[column][i];
      Columns::to_points(d, u);
      UNROLL for (int j = 0; j < Columns::kPlaces; ++j) {
        if (in_square<kWindow>(i, j)) {
          square[i - ExactSquare::kFirst][j - ExactSquare::kFirst] = u[j];
        } else {
          put(i, j, u[j]);
        }
      }
    }
    if constexpr (kWindow == 5) {
      ExactSquare::join(square);
      UNROLL for (int i = 0; i < 2; ++i) {
        UNROLL for (int j = 0; j < 2; ++j) {
          put(ExactSquare::kFirst + i, ExactSquare::kFirst + j, square[i][j]);
        }
      }
    }
  }
}

// n with n * odd = 1 modulo 2^32; each step of Newton's doubles the bits that are right.
constexpr uint32_t inverse(uint32_t odd) {
  uint32_t n = odd;
  for (int i = 0; i < 5; ++i) n *= 2 - odd * n;
  return n;
}

// From the sums of a tile to bytes.
template <int kRows, int kColumns>
struct Answer {
  I32 bias;
  F32 scale;
  bool half;
  uint8_t* y;
  ptrdiff_t row_stride, pixel_stride;

  void put(I32 sum, int row, int column) const {
    store_quantized((I32)((U32)sum + (U32)bias), scale,
                    y + row * row_stride + column * pixel_stride, half);
  }

  void put(const I32 (&tile)[kRows][kColumns]) const {
    UNROLL for (int row = 0; row < kRows; ++row) {
      UNROLL for (int column = 0; column < kColumns; ++column) put(tile[row][column], row, column);
    }
  }

  void put_pooled(const I32 (&tile)[kRows][kColumns]) const {
    UNROLL for (int row = 0; row < kRows; row += 2) {
      UNROLL for (int column = 0; column < kColumns; column += 2) {
        const int below = row + 1 < kRows ? row + 1 : row;
        const int right = column + 1 < kColumns ? column + 1 : column;
        put(max(max(tile[row][column], tile[row][right]),
                max(tile[below][column], tile[below][right])),
            row / 2, column / 2);
      }
    }
  }

  // The first `rows` x `columns` of them. Apart, so that whole tiles stay in registers.
  __attribute__((noinline)) void put_part(const I32 (&tile)[kRows][kColumns], bool pool, int rows,
                                          int columns) const {
    const int step = pool ? 2 : 1;
    for (int row = 0; row < rows; row += step) {
      for (int column = 0; column < columns; column += step) {
        const int below = pool && row + 1 < rows ? row + 1 : row;
        const int right = pool && column + 1 < columns ? column + 1 : column;
        put(max(max(tile[row][column], tile[row][right]),
                max(tile[below][column], tile[below][right])),
            row / step, column / step);
      }
    }
  }
};

template <int kWindow, int kMissingRows, int kMissingColumns>
void exact_output(const int32_t* m, int units, const int32_t* bias, const float* scale, bool pool,
                  int rows, int columns, uint8_t* y, ptrdiff_t row_stride, ptrdiff_t pixel_stride) {
  using Rows = ExactDimension<kWindow, kMissingRows>;
  using Columns = ExactDimension<kWindow, kMissingColumns>;
  constexpr int kGrid = exact_grid(kWindow);
  const U32 odd = U32{} + inverse(Rows::kOdd * Columns::kOdd);
  for (int c = 0; c < units; c += kLanes) {
    const auto at = [&](int i, int j) ALWAYS_INLINE {
      return (U32)load(m +
                       (exact_place<kWindow, kMissingRows>(i) * kGrid +
                        exact_place<kWindow, kMissingColumns>(j)) *
                           kInt8Width +
                       c);
    };
    U32 square[2][2];
    if constexpr (kWindow == 5) {
      UNROLL for (int i = 0; i < 2; ++i) {
        UNROLL for (int j = 0; j < 2; ++j) {
          square[i][j] = at(ExactSquare::kFirst + i, ExactSquare::kFirst + j);
        }
      }
      ExactSquare::part(square);
    }
    U32 half[Columns::kPlaces][Rows::kOutputs];  // [place of the columns][row]
    UNROLL for (int j = 0; j < Columns::kPlaces; ++j) {
      U32 v[Rows::kPlaces];
      UNROLL for (int i = 0; i < Rows::kPlaces; ++i) {
        v[i] = in_square<kWindow>(i, j) ? square[i - ExactSquare::kFirst][j - ExactSquare::kFirst]
                                        : at(i, j);
      }
      Rows::from_points(v, half[j]);
    }
    I32 tile[Rows::kOutputs][Columns::kOutputs];
    UNROLL for (int row = 0; row < Rows::kOutputs; ++row) {
      U32 v[Columns::kPlaces], sums[Columns::kOutputs];
      UNROLL for (int j = 0; j < Columns::kPlaces; ++j) v[j] = half[j][row];
      Columns::from_points(v, sums);
      UNROLL for (int column = 0; column < Columns::kOutputs; ++column) {
        tile[row][column] =
            (I32)(sums[column] * odd) >> (Rows::kShift[row] + Columns::kShift[column]);
      }
    }
    const Answer<Rows::kOutputs, Columns::kOutputs> answer{
        load(bias + c), load(scale + c), c + kLanes > units, y + c, row_stride, pixel_stride};
    if (rows < Rows::kOutputs || columns < Columns::kOutputs) {
      I32 part[Rows::kOutputs][Columns::kOutputs];
      UNROLL for (int row = 0; row < Rows::kOutputs; ++row) {
        UNROLL for (int column = 0; column < Columns::kOutputs; ++column) {
          part[row][column] = tile[row][column];
        }
      }
      answer.put_part(part, pool, rows, columns);
    } else if (pool) {
      answer.put_pooled(tile);
    } else {
      answer.put(tile);
    }
  }
}

// y[m][v] for kRows tiles that lie `stride` bytes apart: as dot_rows, of pairs of 16 bits.
// Unused where bytes alone are multiplied.
[[maybe_unused]] void pair_product(const int16_t* x, ptrdiff_t x_stride, const ptrdiff_t* segments,
                                   int segment_count, int groups, const int16_t* w, int vectors,
                                   int tiles, int32_t* y, ptrdiff_t y_stride) {
  const DotOperands operands{segments, segment_count, groups,
                             x_stride * static_cast<ptrdiff_t>(sizeof *x)};
  const auto* bytes = reinterpret_cast<const uint8_t*>(x);
  const auto* weights = reinterpret_cast<const int8_t*>(w);
  const int parts = (tiles + kPairRows - 1) / kPairRows;
  int first = 0;
  for (int part = 1; part <= parts; ++part) {
    const int end = tiles * part / parts, rows = end - first;
    (vectors == 2 ? kDotRows<Dot2, 2>.of[rows] : kDotRows<Dot2, 1>.of[rows])(
        operands, bytes + first * operands.stride, weights, y + first * y_stride, y_stride);
    first = end;
  }
}

}  // namespace
