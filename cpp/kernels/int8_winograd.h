// Winograd's method in whole numbers: sums of bytes that are exact, to the bit those of the direct
// way. Width-agnostic: compiled once per ISA by isa.cpp.
//
// The points are roots of small whole numbers, so that what a tile of bytes is worth at a point
// fits into 16 bits; products are summed modulo 2^32. What comes back is a known multiple of each
// sum: 2^s times an odd number, which has an inverse modulo 2^32. So a sum of less than 2^25 is
// exact, however large the products were on the way. B' and A' are named as in winograd.h; A' is
// scaled to whole numbers, and so are the filters (network/int8/winograd.cpp):
//
//   3x3, tiles of 4: 0 (times 6), 1, -1, 2, -2, infinity (times 6)
//   5x5, tiles of 4: 0 (times 2), 1, -1, i (real and imaginary part, times 2), 2, -2, infinity
//                    (times 2); its bytes are centred: 128 is taken off them
//
// and the last tile does without -2 (3 outputs), or 2 and -2 (2 outputs), where that is enough. The
// two parts of the point i are two places of a tile; its product is one of complex numbers.
#pragma once
#include "kernels/int8_sums.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

template <int kWindow, int kMissing>
struct ExactDimension;

template <>
struct ExactDimension<3, 0> {
  static constexpr int kPlaces = 6, kOutputs = 4, kOdd = 3;
  static constexpr int kShift[kOutputs] = {3, 2, 1, 1};

  template <class V>
  static void to_points(const V (&d)[6], V (&v)[6]) {
    const V even = d[4] - d[2], odd = d[3] - d[1], twice = odd + odd;
    v[0] = ((d[0] - d[2]) << 2) + even;
    const V even1 = d[4] - (d[2] << 2), odd1 = d[3] - (d[1] << 2);
    v[1] = even1 + odd1;
    v[2] = even1 - odd1;
    v[3] = even + twice;
    v[4] = even - twice;
    v[5] = (d[5] - d[3]) - (odd << 2);
  }

  template <class V>
  static void from_points(const V (&m)[6], V (&y)[4]) {
    const V sum1 = m[1] + m[2], difference1 = m[1] - m[2];
    const V sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    y[0] = m[0] - (sum1 << 2) + sum2;
    y[1] = difference2 - (difference1 << 1);
    y[2] = sum2 - sum1;
    y[3] = (difference2 << 1) - difference1 + m[5];
  }
};

template <>
struct ExactDimension<3, 1> {
  static constexpr int kPlaces = 5, kOutputs = 3, kOdd = 3;
  static constexpr int kShift[kOutputs] = {2, 1, 1};

  template <class V>
  static void to_points(const V (&d)[5], V (&v)[5]) {
    const V odd = d[3] - d[1], two1 = d[1] << 1, two2 = d[2] << 1;
    v[0] = odd + ((d[0] - d[2]) << 1);
    v[1] = d[3] - d[2] - two1;
    v[2] = d[3] - d[2] - two2 + two1;
    v[3] = odd;
    v[4] = d[4] - d[2] - (odd << 1);
  }

  template <class V>
  static void from_points(const V (&m)[5], V (&y)[3]) {
    const V three = m[1] + (m[1] << 1), two = m[3] << 1;
    y[0] = m[0] + ((m[3] - m[2] - three) << 1);
    y[1] = m[2] - three + two;
    y[2] = (two << 1) - three - m[2] + m[4];
  }
};

template <>
struct ExactDimension<3, 2> {
  static constexpr int kPlaces = 4, kOutputs = 2, kOdd = 3;
  static constexpr int kShift[kOutputs] = {1, 1};

  template <class V>
  static void to_points(const V (&d)[4], V (&v)[4]) {
    v[0] = d[2] - d[0];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  }

  template <class V>
  static void from_points(const V (&m)[4], V (&y)[2]) {
    const V sum = m[1] + m[2], difference = m[1] - m[2];
    y[0] = sum + (sum << 1) - m[0];
    y[1] = difference + (difference << 1) + m[3];
  }
};

template <>
struct ExactDimension<5, 0> {
  static constexpr int kPlaces = 8, kOutputs = 4, kOdd = 15;
  static constexpr int kShift[kOutputs] = {3, 2, 2, 2};

  template <class V>
  static void to_points(const V (&d)[8], V (&v)[8]) {
    const V four1 = d[1] << 2, four2 = d[2] << 2, four4 = d[4] << 2, four5 = d[5] << 2;
    const V even2 = d[6] - d[2], odd2 = (d[5] - d[1]) << 1;
    const V even1 = d[6] - four2 - d[4] - (d[4] << 1), odd1 = d[5] - four1 - d[3] - (d[3] << 1);
    v[0] = (d[0] << 2) + even2 - four4;
    v[1] = even1 + odd1;
    v[2] = even1 - odd1;
    v[3] = d[6] - d[4] + four2 - four4;
    v[4] = d[5] - d[3] + four1 - (d[3] << 2);
    v[5] = even2 + odd2;
    v[6] = even2 - odd2;
    v[7] = d[7] - d[3] + four1 - four5;
  }

  template <class V>
  static void from_points(const V (&m)[8], V (&y)[4]) {
    const V sum1 = m[1] + m[2], difference1 = m[1] - m[2];
    const V sum2 = m[5] + m[6], difference2 = m[5] - m[6];
    const V five_sums = sum1 + (sum1 << 2), five_differences = difference1 + (difference1 << 2);
    const V real = m[3] + (m[3] << 1), imaginary = m[4] + (m[4] << 1);
    y[0] = (m[0] << 4) - m[0] + sum2 - ((five_sums + real) << 1);
    y[1] = difference2 - five_differences + imaginary;
    y[2] = (sum2 << 1) - five_sums + real;
    y[3] = (difference2 << 2) - five_differences - imaginary + (((m[7] << 4) - m[7]) << 1);
  }
};

template <>
struct ExactDimension<5, 1> {
  static constexpr int kPlaces = 7, kOutputs = 3, kOdd = 15;
  static constexpr int kShift[kOutputs] = {2, 2, 2};

  template <class V>
  static void to_points(const V (&d)[7], V (&v)[7]) {
    const V odd = d[5] - d[1], two1 = d[1] << 1, two3 = d[3] << 1;
    v[0] = odd + ((d[0] - d[4]) << 1);
    v[1] = d[5] - d[4] - d[3] - d[2] - two1;
    v[2] = d[5] - d[4] + d[3] - d[2] + two1 + two3 - ((d[4] + d[2]) << 1);
    v[3] = d[5] - d[3] + ((d[2] - d[4]) << 1);
    v[4] = d[4] - d[2] + two1 - two3;
    v[5] = odd;
    v[6] = d[6] - d[2] - (odd << 1);
  }

  template <class V>
  static void from_points(const V (&m)[7], V (&y)[3]) {
    const V fifteen = (m[1] << 4) - m[1], five = m[2] + (m[2] << 2), four = m[5] << 2;
    const V even = (m[3] << 1) - m[4], odd = m[3] + (m[4] << 1);
    const V complex = even + (even << 1);
    y[0] = (m[0] << 4) - m[0] - fifteen - five - complex + (m[5] << 1);
    y[1] = five - fifteen + odd + (odd << 1) + four;
    y[2] = complex - fifteen - five + (four << 1) + (((m[6] << 4) - m[6]) << 1);
  }
};

template <>
struct ExactDimension<5, 2> {
  static constexpr int kPlaces = 6, kOutputs = 2, kOdd = 1;
  static constexpr int kShift[kOutputs] = {2, 2};

  template <class V>
  static void to_points(const V (&d)[6], V (&v)[6]) {
    const V even = d[2] + d[4], odd = d[1] + d[3];
    v[0] = d[4] - d[0];
    v[1] = even + odd;
    v[2] = even - odd;
    v[3] = d[4] - d[2];
    v[4] = d[3] - d[1];
    v[5] = d[5] - d[1];
  }

  template <class V>
  static void from_points(const V (&m)[6], V (&y)[2]) {
    y[0] = m[1] + m[2] + m[3] - (m[0] << 1);
    y[1] = m[1] - m[2] - m[4] + (m[5] << 1);
  }
};

// Places of a full tile, per dimension, and which of them is place i of one that misses some.
constexpr int exact_grid(int window) { return window + 3; }
template <int kWindow, int kMissing>
constexpr int exact_place(int i) {
  return i + 1 == ExactDimension<kWindow, kMissing>::kPlaces ? exact_grid(kWindow) - 1 : i;
}

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
    UNROLL for (int i = 0; i < Rows::kPlaces; ++i) {
      Shorts d[Columns::kPlaces], u[Columns::kPlaces];
      UNROLL for (int column = 0; column < Columns::kPlaces; ++column) d[column] = half[column][i];
      Columns::to_points(d, u);
      int16_t* to = v + exact_place<kWindow, kMissingRows>(i) * kGrid * point_stride + c;
      UNROLL for (int j = 0; j < Columns::kPlaces; ++j) {
        store(u[j], to + exact_place<kWindow, kMissingColumns>(j) * point_stride);
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
    U32 half[Columns::kPlaces][Rows::kOutputs];  // [place of the columns][row]
    UNROLL for (int j = 0; j < Columns::kPlaces; ++j) {
      U32 v[Rows::kPlaces];
      const int32_t* from = m + exact_place<kWindow, kMissingColumns>(j) * kInt8Width + c;
      UNROLL for (int i = 0; i < Rows::kPlaces; ++i) {
        v[i] = (U32)load(from + exact_place<kWindow, kMissingRows>(i) * kGrid * kInt8Width);
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
void pair_product(const int16_t* x, ptrdiff_t x_stride, const ptrdiff_t* segments,
                  int segment_count, int groups, const int16_t* w, int vectors, int tiles,
                  int32_t* y, ptrdiff_t y_stride) {
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
