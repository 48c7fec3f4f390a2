// Winograd's transforms: into the domain where a convolution is a product per point, and back.
// Width-agnostic: compiled once per ISA by isa.cpp. The points are kWinogradPoints, in this order:
// 0, 1, -1, 2, -2, (1/2, -1/2,) infinity. B' and A' are named as in Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks" (2016): row p of B' are the coefficients of the
// product of all (x - q), q another finite point than p; row i of A' are the i-th powers of the
// points. Points of opposite sign share their even and odd parts.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

// v = B' d for 4 values: output tiles of 2, 3x3 kernels, at the points 0, 1, -1 and infinity.
inline void to_points(const F32 (&d)[4], F32 (&v)[4]) {
  v[0] = d[2] - d[0];
  v[1] = d[1] + d[2];
  v[2] = d[2] - d[1];
  v[3] = d[3] - d[1];
}

// v = B' d for 6 values: output tiles of 4 (3x3 kernels) or of 2 (5x5 kernels).
inline void to_points(const F32 (&d)[6], F32 (&v)[6]) {
  const F32 even1 = mul_add(-4.0f, d[2], d[4]), odd1 = mul_add(-4.0f, d[1], d[3]);
  const F32 even2 = d[4] - d[2], odd2 = 2.0f * (d[3] - d[1]);
  v[0] = mul_add(4.0f, d[0], mul_add(-5.0f, d[2], d[4]));
  v[1] = even1 + odd1;
  v[2] = even1 - odd1;
  v[3] = even2 + odd2;
  v[4] = even2 - odd2;
  v[5] = mul_add(4.0f, d[1], mul_add(-5.0f, d[3], d[5]));
}

// v = B' d for 8 values: output tiles of 4, 5x5 kernels.
inline void to_points(const F32 (&d)[8], F32 (&v)[8]) {
  const F32 even1 = mul_add(-4.25f, d[4], d[2] + d[6]);
  const F32 odd1 = mul_add(-4.25f, d[3], d[1] + d[5]);
  const F32 even2 = mul_add(0.25f, d[2], mul_add(-1.25f, d[4], d[6]));
  const F32 odd2 = mul_add(0.5f, d[1], mul_add(-2.5f, d[3], 2.0f * d[5]));
  const F32 even3 = mul_add(4.0f, d[2], mul_add(-5.0f, d[4], d[6]));
  const F32 odd3 = mul_add(2.0f, d[1], mul_add(-2.5f, d[3], 0.5f * d[5]));
  v[0] = mul_add(5.25f, d[2] - d[4], d[6] - d[0]);
  v[1] = even1 + odd1;
  v[2] = even1 - odd1;
  v[3] = even2 + odd2;
  v[4] = even2 - odd2;
  v[5] = even3 + odd3;
  v[6] = even3 - odd3;
  v[7] = mul_add(5.25f, d[3] - d[5], d[7] - d[1]);
}

// y = A' v: 4 values from 8 points, 4 from 6, 2 from 6, 2 from 4.
inline void from_points(const F32 (&v)[8], F32 (&y)[4]) {
  const F32 sum1 = v[1] + v[2], difference1 = v[1] - v[2];
  const F32 sum2 = v[3] + v[4], difference2 = v[3] - v[4];
  const F32 sum3 = v[5] + v[6], difference3 = v[5] - v[6];
  y[0] = (v[0] + sum1) + (sum2 + sum3);
  y[1] = mul_add(2.0f, difference2, mul_add(0.5f, difference3, difference1));
  y[2] = mul_add(4.0f, sum2, mul_add(0.25f, sum3, sum1));
  y[3] = mul_add(8.0f, difference2, mul_add(0.125f, difference3, difference1 + v[7]));
}

inline void from_points(const F32 (&v)[6], F32 (&y)[4]) {
  const F32 sum1 = v[1] + v[2], difference1 = v[1] - v[2];
  const F32 sum2 = v[3] + v[4], difference2 = v[3] - v[4];
  y[0] = v[0] + (sum1 + sum2);
  y[1] = mul_add(2.0f, difference2, difference1);
  y[2] = mul_add(4.0f, sum2, sum1);
  y[3] = mul_add(8.0f, difference2, difference1 + v[5]);
}

inline void from_points(const F32 (&v)[6], F32 (&y)[2]) {
  y[0] = v[0] + ((v[1] + v[2]) + (v[3] + v[4]));
  y[1] = mul_add(2.0f, v[3] - v[4], v[1] - v[2]) + v[5];
}

inline void from_points(const F32 (&v)[4], F32 (&y)[2]) {
  y[0] = v[0] + (v[1] + v[2]);
  y[1] = (v[1] - v[2]) + v[3];
}

// One dimension of a tile: all `kGrid` points of its form or, if short, only those that the two
// last outputs need: 0, 1, -1, 2, -2 and infinity of 8 points, 0, 1, -1 and infinity of 6.
template <int kGrid, bool kShort>
struct Dimension {
  static constexpr int kPoints = kShort ? kGrid - 2 : kGrid;

  static constexpr int place(int i) { return kShort && i + 1 == kPoints ? kGrid - 1 : i; }

  static void transform(const F32 (&d)[kPoints], F32 (&v)[kPoints]) {
    to_points(d, v);
    // Filters are scaled for all points: too little by the product of (p - q) over those left out.
    if constexpr (kShort && kGrid == 6) {
      v[0] *= -4.0f;
      v[1] *= -3.0f;
      v[2] *= -3.0f;
    } else if constexpr (kShort) {
      v[0] *= -0.25f;
      v[1] *= 0.75f;
      v[2] *= 0.75f;
      v[3] *= 3.75f;
      v[4] *= 3.75f;
    }
  }
};

template <int kGrid, bool kShortRows, bool kShortColumns>
void winograd_input(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int channels,
                    float* v, ptrdiff_t point_stride) {
  using Rows = Dimension<kGrid, kShortRows>;
  using Columns = Dimension<kGrid, kShortColumns>;
  for (int c = 0; c < channels; c += kLanes) {
    F32 half[Columns::kPoints][Rows::kPoints];  // [column][point of the rows]
    UNROLL for (int column = 0; column < Columns::kPoints; ++column) {
      F32 d[Rows::kPoints];
      UNROLL for (int row = 0; row < Rows::kPoints; ++row) {
        d[row] = load(x + row * row_stride + column * pixel_stride + c);
      }
      Rows::transform(d, half[column]);
    }
    UNROLL for (int i = 0; i < Rows::kPoints; ++i) {
      F32 d[Columns::kPoints], u[Columns::kPoints];
      UNROLL for (int column = 0; column < Columns::kPoints; ++column) d[column] = half[column][i];
      Columns::transform(d, u);
      float* to = v + Rows::place(i) * kGrid * point_stride + c;
      UNROLL for (int j = 0; j < Columns::kPoints; ++j) {
        store(u[j], to + Columns::place(j) * point_stride);
      }
    }
  }
}

// The largest of the first `rows` x `columns` of a 2x2 window.
inline F32 largest(const F32* top, const F32* bottom, int rows, int columns) {
  F32 best = top[0];
  if (columns > 1) best = max(best, top[1]);
  if (rows > 1) best = max(best, bottom[0]);
  if (rows > 1 && columns > 1) best = max(best, bottom[1]);
  return best;
}

// Between the products of one tile at neighbouring points: a constant, so that all addresses are.
constexpr ptrdiff_t kPointFloats = digitcli::kMaxVectors * kLanes;

template <int kGrid, int kOutputs, bool kShortRows, bool kShortColumns>
void winograd_output(const float* m, int channels, const float* bias, bool relu, bool pool,
                     int rows, int columns, float* y, ptrdiff_t row_stride,
                     ptrdiff_t pixel_stride) {
  using Rows = Dimension<kGrid, kShortRows>;
  using Columns = Dimension<kGrid, kShortColumns>;
  constexpr int kRowOutputs = kShortRows ? 2 : kOutputs,
                kColumnOutputs = kShortColumns ? 2 : kOutputs;
  const F32 floor = activation_floor(relu);
  for (int c = 0; c < channels; c += kLanes) {
    F32 half[Columns::kPoints][kRowOutputs];  // [point of the columns][row]
    UNROLL for (int j = 0; j < Columns::kPoints; ++j) {
      F32 v[Rows::kPoints];
      const float* from = m + Columns::place(j) * kPointFloats + c;
      UNROLL for (int i = 0; i < Rows::kPoints; ++i) {
        v[i] = load(from + Rows::place(i) * kGrid * kPointFloats);
      }
      from_points(v, half[j]);
    }
    F32 tile[kRowOutputs][kColumnOutputs];
    UNROLL for (int row = 0; row < kRowOutputs; ++row) {
      F32 v[Columns::kPoints];
      UNROLL for (int j = 0; j < Columns::kPoints; ++j) v[j] = half[j][row];
      from_points(v, tile[row]);
    }
    const F32 offset = load(bias + c);
    if (pool && rows == kRowOutputs && columns == kColumnOutputs) {
      UNROLL for (int row = 0; row < kRowOutputs; row += 2) {
        UNROLL for (int column = 0; column < kColumnOutputs; column += 2) {
          const F32 best = max4(tile[row][column], tile[row][column + 1], tile[row + 1][column],
                                tile[row + 1][column + 1]);
          store(clamp_below(best + offset, floor),
                y + row / 2 * row_stride + column / 2 * pixel_stride + c);
        }
      }
      continue;
    }
    const int step = pool ? 2 : 1;
    for (int row = 0; row < rows; row += step) {
      for (int column = 0; column < columns; column += step) {
        const F32 value =
            pool ? largest(&tile[row][column], &tile[row + 1][column], rows - row, columns - column)
                 : tile[row][column];
        store(clamp_below(value + offset, floor),
              y + row / step * row_stride + column / step * pixel_stride + c);
      }
    }
  }
}

}  // namespace
