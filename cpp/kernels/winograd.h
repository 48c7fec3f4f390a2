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
template <class V>
inline void to_points(const V (&d)[4], V (&v)[4]) {
  v[0] = d[2] - d[0];
  v[1] = d[1] + d[2];
  v[2] = d[2] - d[1];
  v[3] = d[3] - d[1];
}

// v = B' d for 6 values: output tiles of 4 (3x3 kernels) or of 2 (5x5 kernels).
template <class V>
inline void to_points(const V (&d)[6], V (&v)[6]) {
  const V even1 = mul_add(-4.0f, d[2], d[4]), odd1 = mul_add(-4.0f, d[1], d[3]);
  const V even2 = d[4] - d[2], odd2 = 2.0f * (d[3] - d[1]);
  v[0] = mul_add(4.0f, d[0], mul_add(-5.0f, d[2], d[4]));
  v[1] = even1 + odd1;
  v[2] = even1 - odd1;
  v[3] = even2 + odd2;
  v[4] = even2 - odd2;
  v[5] = mul_add(4.0f, d[1], mul_add(-5.0f, d[3], d[5]));
}

// v = B' d for 8 values: output tiles of 4, 5x5 kernels.
template <class V>
inline void to_points(const V (&d)[8], V (&v)[8]) {
  const V even1 = mul_add(-4.25f, d[4], d[2] + d[6]);
  const V odd1 = mul_add(-4.25f, d[3], d[1] + d[5]);
  const V even2 = mul_add(0.25f, d[2], mul_add(-1.25f, d[4], d[6]));
  const V odd2 = mul_add(0.5f, d[1], mul_add(-2.5f, d[3], 2.0f * d[5]));
  const V even3 = mul_add(4.0f, d[2], mul_add(-5.0f, d[4], d[6]));
  const V odd3 = mul_add(2.0f, d[1], mul_add(-2.5f, d[3], 0.5f * d[5]));
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
template <class V>
inline void from_points(const V (&v)[8], V (&y)[4]) {
  const V sum1 = v[1] + v[2], difference1 = v[1] - v[2];
  const V sum2 = v[3] + v[4], difference2 = v[3] - v[4];
  const V sum3 = v[5] + v[6], difference3 = v[5] - v[6];
  y[0] = (v[0] + sum1) + (sum2 + sum3);
  y[1] = mul_add(2.0f, difference2, mul_add(0.5f, difference3, difference1));
  y[2] = mul_add(4.0f, sum2, mul_add(0.25f, sum3, sum1));
  y[3] = mul_add(8.0f, difference2, mul_add(0.125f, difference3, difference1 + v[7]));
}

template <class V>
inline void from_points(const V (&v)[6], V (&y)[4]) {
  const V sum1 = v[1] + v[2], difference1 = v[1] - v[2];
  const V sum2 = v[3] + v[4], difference2 = v[3] - v[4];
  y[0] = v[0] + (sum1 + sum2);
  y[1] = mul_add(2.0f, difference2, difference1);
  y[2] = mul_add(4.0f, sum2, sum1);
  y[3] = mul_add(8.0f, difference2, difference1 + v[5]);
}

template <class V>
inline void from_points(const V (&v)[6], V (&y)[2]) {
  y[0] = v[0] + ((v[1] + v[2]) + (v[3] + v[4]));
  y[1] = mul_add(2.0f, v[3] - v[4], v[1] - v[2]) + v[5];
}

template <class V>
inline void from_points(const V (&v)[4], V (&y)[2]) {
  y[0] = v[0] + (v[1] + v[2]);
  y[1] = (v[1] - v[2]) + v[3];
}

// One dimension of a tile: all `kGrid` points of its form or, if short, only those that the two
// last outputs need: 0, 1, -1, 2, -2 and infinity of 8 points, 0, 1, -1 and infinity of 6.
template <int kGrid, bool kShort>
struct Dimension {
  static constexpr int kPoints = kShort ? kGrid - 2 : kGrid;

  static constexpr int place(int i) { return kShort && i + 1 == kPoints ? kGrid - 1 : i; }

  template <class V>
  static void transform(const V (&d)[kPoints], V (&v)[kPoints]) {
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

// Channels [c, end), in vectors V.
template <class V, int kGrid, bool kShortRows, bool kShortColumns>
inline void input_vectors(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int c,
                          int end, float* v, ptrdiff_t point_stride) {
  using Rows = Dimension<kGrid, kShortRows>;
  using Columns = Dimension<kGrid, kShortColumns>;
  for (; c < end; c += kLanesOf<V>) {
    V half[Columns::kPoints][Rows::kPoints];  // [column][point of the rows]
    UNROLL for (int column = 0; column < Columns::kPoints; ++column) {
      V d[Rows::kPoints];
      UNROLL for (int row = 0; row < Rows::kPoints; ++row) {
        d[row] = load_as<V>(x + row * row_stride + column * pixel_stride + c);
      }
      Rows::transform(d, half[column]);
    }
    UNROLL for (int i = 0; i < Rows::kPoints; ++i) {
      V d[Columns::kPoints], u[Columns::kPoints];
      UNROLL for (int column = 0; column < Columns::kPoints; ++column) d[column] = half[column][i];
      Columns::transform(d, u);
      float* to = v + Rows::place(i) * kGrid * point_stride + c;
      UNROLL for (int j = 0; j < Columns::kPoints; ++j) {
        store(u[j], to + Columns::place(j) * point_stride);
      }
    }
  }
}

// Apart, so that whole vectors do not compute its addresses too.
template <int kGrid, bool kShortRows, bool kShortColumns>
NOINLINE void input_half(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int c,
                         int end, float* v, ptrdiff_t point_stride) {
  input_vectors<HalfF32, kGrid, kShortRows, kShortColumns>(x, row_stride, pixel_stride, c, end, v,
                                                           point_stride);
}

template <int kGrid, bool kShortRows, bool kShortColumns>
void winograd_input(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int channels,
                    float* v, ptrdiff_t point_stride) {
  const int whole = channels / kLanes * kLanes;
  input_vectors<F32, kGrid, kShortRows, kShortColumns>(x, row_stride, pixel_stride, 0, whole, v,
                                                       point_stride);
  if (whole < channels) {
    input_half<kGrid, kShortRows, kShortColumns>(x, row_stride, pixel_stride, whole, channels, v,
                                                 point_stride);
  }
}

// The largest of the first `rows` x `columns` of a 2x2 window.
template <class V>
inline V largest(const V* top, const V* bottom, int rows, int columns) {
  V best = top[0];
  if (columns > 1) best = max(best, top[1]);
  if (rows > 1) best = max(best, bottom[0]);
  if (rows > 1 && columns > 1) best = max(best, bottom[1]);
  return best;
}

// Between the products of one tile at neighbouring points: a constant, so that all addresses are.
constexpr ptrdiff_t kPointFloats = digitcli::kMaxVectors * kLanes;

// Channels [c, end), in vectors V.
template <class V, int kGrid, int kOutputs, bool kShortRows, bool kShortColumns>
inline void output_vectors(const float* m, int c, int end, const float* bias, bool relu, bool pool,
                           int rows, int columns, float* y, ptrdiff_t row_stride,
                           ptrdiff_t pixel_stride) {
  using Rows = Dimension<kGrid, kShortRows>;
  using Columns = Dimension<kGrid, kShortColumns>;
  constexpr int kRowOutputs = kShortRows ? 2 : kOutputs,
                kColumnOutputs = kShortColumns ? 2 : kOutputs;
  const V floor = activation_floor<V>(relu);
  for (; c < end; c += kLanesOf<V>) {
    V half[Columns::kPoints][kRowOutputs];  // [point of the columns][row]
    UNROLL for (int j = 0; j < Columns::kPoints; ++j) {
      V v[Rows::kPoints];
      const float* from = m + Columns::place(j) * kPointFloats + c;
      UNROLL for (int i = 0; i < Rows::kPoints; ++i) {
        v[i] = load_as<V>(from + Rows::place(i) * kGrid * kPointFloats);
      }
      from_points(v, half[j]);
    }
    V tile[kRowOutputs][kColumnOutputs];
    UNROLL for (int row = 0; row < kRowOutputs; ++row) {
      V v[Columns::kPoints];
      UNROLL for (int j = 0; j < Columns::kPoints; ++j) v[j] = half[j][row];
      from_points(v, tile[row]);
    }
    const V offset = load_as<V>(bias + c);
    if (pool && rows == kRowOutputs && columns == kColumnOutputs) {
      UNROLL for (int row = 0; row < kRowOutputs; row += 2) {
        UNROLL for (int column = 0; column < kColumnOutputs; column += 2) {
          const V best = max4(tile[row][column], tile[row][column + 1], tile[row + 1][column],
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
        const V value =
            pool ? largest(&tile[row][column], &tile[row + 1][column], rows - row, columns - column)
                 : tile[row][column];
        store(clamp_below(value + offset, floor),
              y + row / step * row_stride + column / step * pixel_stride + c);
      }
    }
  }
}

template <int kGrid, int kOutputs, bool kShortRows, bool kShortColumns>
NOINLINE void output_half(const float* m, int c, int end, const float* bias, bool relu, bool pool,
                          int rows, int columns, float* y, ptrdiff_t row_stride,
                          ptrdiff_t pixel_stride) {
  output_vectors<HalfF32, kGrid, kOutputs, kShortRows, kShortColumns>(
      m, c, end, bias, relu, pool, rows, columns, y, row_stride, pixel_stride);
}

template <int kGrid, int kOutputs, bool kShortRows, bool kShortColumns>
void winograd_output(const float* m, int channels, const float* bias, bool relu, bool pool,
                     int rows, int columns, float* y, ptrdiff_t row_stride,
                     ptrdiff_t pixel_stride) {
  const int whole = channels / kLanes * kLanes;
  output_vectors<F32, kGrid, kOutputs, kShortRows, kShortColumns>(
      m, 0, whole, bias, relu, pool, rows, columns, y, row_stride, pixel_stride);
  if (whole < channels) {
    output_half<kGrid, kOutputs, kShortRows, kShortColumns>(
        m, whole, channels, bias, relu, pool, rows, columns, y, row_stride, pixel_stride);
  }
}

}  // namespace
