// Winograd's transforms: into the domain where a convolution is a product per point, and back.
// Width-agnostic: compiled once per ISA by isa.cpp. The points are kWinogradPoints, in this order:
// 0, 1, -1, 2, -1/2, (-2, 1/2,) infinity: of five finite ones, 2 and -1/2 round less than 2 and -2
// (Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep
// Neural Networks", 2020). B' and A' are named as in Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks" (2016): row p of B' are the coefficients of the product of all
// (x - q), q another finite point than p; row i of A' are the i-th powers of the points. Points of
// opposite sign share their even and odd parts.
#pragma once
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace {

// v = B' d for 4 values: the points 0, 1, -1 and infinity.
template <class V>
inline void to_points(const V (&d)[4], V (&v)[4]) {
  v[0] = d[2] - d[0];
  v[1] = d[1] + d[2];
  v[2] = d[2] - d[1];
  v[3] = d[3] - d[1];
}

// v = B' d for 5 values: 2 as well.
template <class V>
inline void to_points(const V (&d)[5], V (&v)[5]) {
  const V odd = d[3] - d[1];
  v[0] = mul_add(2.0f, d[0] - d[2], odd);
  v[1] = mul_add(-2.0f, d[1], d[3] - d[2]);
  v[2] = mul_add(2.0f, d[1], mul_add(-3.0f, d[2], d[3]));
  v[3] = odd;
  v[4] = mul_add(-2.0f, odd, d[4] - d[2]);
}

// v = B' d for 6 values: -1/2 as well.
template <class V>
inline void to_points(const V (&d)[6], V (&v)[6]) {
  const V even1 = mul_add(-1.5f, d[3], d[4] - d[2]), odd1 = mul_add(-1.5f, d[2], d[3] - d[1]);
  const V even2 = d[4] - d[2], odd2 = d[3] - d[1];
  v[0] = mul_add(-1.5f, odd2, even2 + (d[0] - d[2]));
  v[1] = even1 + odd1;
  v[2] = even1 - odd1;
  v[3] = mul_add(0.5f, odd2, even2);
  v[4] = mul_add(-2.0f, odd2, even2);
  v[5] = mul_add(-1.5f, even2, (d[5] - d[3]) - odd2);
}

// v = B' d for 7 values: -2 as well.
template <class V>
inline void to_points(const V (&d)[7], V (&v)[7]) {
  const V even1 = mul_add(-4.0f, d[3], mul_add(-2.0f, d[2], mul_add(0.5f, d[4], d[5])));
  const V odd1 = mul_add(-4.0f, d[2], mul_add(-2.0f, d[1], mul_add(0.5f, d[3], d[4])));
  const V even2 = mul_add(0.5f, d[4] - d[2], d[5] - d[3]);
  const V odd2 = mul_add(2.0f, d[4] - d[2], d[3] - d[1]);
  const V last = mul_add(-5.0f, d[3], mul_add(4.0f, d[1], d[5]));
  v[0] = mul_add(0.5f, mul_add(-5.0f, d[2], mul_add(4.0f, d[0], d[4])), last);
  v[1] = even1 + odd1;
  v[2] = even1 - odd1;
  v[3] = even2 + odd2;
  v[4] = last;
  v[5] = even2 - odd2;
  v[6] = mul_add(0.5f, last, mul_add(-5.0f, d[4], mul_add(4.0f, d[2], d[6])));
}

// v = B' d for 8 values: 1/2 as well.
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
  v[4] = even3 - odd3;
  v[5] = even2 - odd2;
  v[6] = even3 + odd3;
  v[7] = mul_add(5.25f, d[3] - d[5], d[7] - d[1]);
}

// Powers of 2 and of 1/2.
constexpr float kPowers[] = {1, 2, 4, 8, 16, 32};
constexpr float kHalfPowers[] = {1, 1 / 2.0f, 1 / 4.0f, 1 / 8.0f, 1 / 16.0f, 1 / 32.0f};

// y = A' v: row i of A' has the i-th powers of the points.
template <class V, int kPoints, int kOutputs>
inline void from_points(const V (&v)[kPoints], V (&y)[kOutputs]) {
  const V sum1 = v[1] + v[2], difference1 = v[1] - v[2];
  [[maybe_unused]] V sum2, difference2, sum3, difference3;
  if constexpr (kPoints > 6) sum2 = v[3] + v[5], difference2 = v[3] - v[5];
  if constexpr (kPoints > 7) sum3 = v[6] + v[4], difference3 = v[6] - v[4];
  UNROLL for (int i = 0; i < kOutputs; ++i) {
    const bool even = i % 2 == 0;
    V total = even ? sum1 : difference1;
    if (i + 1 == kOutputs) total += v[kPoints - 1];
    if (i == 0) {  // all powers are 1
      total = v[0] + total;
      if constexpr (kPoints == 5) total += v[3];
      if constexpr (kPoints == 6) total += v[3] + v[4];
      if constexpr (kPoints == 7) total += sum2 + v[4];
      if constexpr (kPoints == 8) total += sum2 + sum3;
    } else {
      const float half = even ? kHalfPowers[i] : -kHalfPowers[i];
      if constexpr (kPoints == 6 || kPoints == 7) total = mul_add(half, v[4], total);
      if constexpr (kPoints == 8) total = mul_add(kHalfPowers[i], even ? sum3 : difference3, total);
      if constexpr (kPoints == 5 || kPoints == 6) total = mul_add(kPowers[i], v[3], total);
      if constexpr (kPoints > 6) total = mul_add(kPowers[i], even ? sum2 : difference2, total);
    }
    y[i] = total;
  }
}

// One dimension of a tile: all `kGrid` points of its form, or without the `kMissing` before
// infinity.
template <int kGrid, int kMissing>
struct Dimension {
  static constexpr int kPoints = kGrid - kMissing;

  static constexpr int place(int i) { return i + 1 == kPoints ? kGrid - 1 : i; }

  // Filters are scaled for all points: too little by the product of (p - q) over the missing q.
  struct Scales {
    float of[kPoints];
    constexpr Scales() : of() {
      for (int i = 0; i < kPoints; ++i) {
        double product = 1;
        for (int q = kPoints - 1; q < kGrid - 1 && i + 1 < kPoints; ++q) {
          product *= digitcli::kWinogradPoints[i] - digitcli::kWinogradPoints[q];
        }
        of[i] = static_cast<float>(product);
      }
    }
  };

  template <class V>
  static void transform(const V (&d)[kPoints], V (&v)[kPoints]) {
    to_points(d, v);
    constexpr Scales kScales;
    if constexpr (kMissing > 0) {
      UNROLL for (int i = 0; i < kPoints; ++i) v[i] *= kScales.of[i];
    }
  }
};

// Channels [c, end), in vectors V.
template <class V, int kGrid, int kMissingRows, int kMissingColumns>
inline void input_vectors(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int c,
                          int end, float* v, ptrdiff_t point_stride) {
  using Rows = Dimension<kGrid, kMissingRows>;
  using Columns = Dimension<kGrid, kMissingColumns>;
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
template <int kGrid, int kMissingRows, int kMissingColumns>
NOINLINE void input_half(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int c,
                         int end, float* v, ptrdiff_t point_stride) {
  input_vectors<HalfF32, kGrid, kMissingRows, kMissingColumns>(x, row_stride, pixel_stride, c, end,
                                                               v, point_stride);
}

template <int kGrid, int kMissingRows, int kMissingColumns>
void winograd_input(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int channels,
                    float* v, ptrdiff_t point_stride) {
  const int whole = channels / kLanes * kLanes;
  input_vectors<F32, kGrid, kMissingRows, kMissingColumns>(x, row_stride, pixel_stride, 0, whole, v,
                                                           point_stride);
  if (whole < channels) {
    input_half<kGrid, kMissingRows, kMissingColumns>(x, row_stride, pixel_stride, whole, channels,
                                                     v, point_stride);
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
template <class V, int kGrid, int kOutputs, int kMissingRows, int kMissingColumns>
inline void output_vectors(const float* m, int c, int end, const float* bias, bool relu, bool pool,
                           int rows, int columns, float* y, ptrdiff_t row_stride,
                           ptrdiff_t pixel_stride) {
  using Rows = Dimension<kGrid, kMissingRows>;
  using Columns = Dimension<kGrid, kMissingColumns>;
  constexpr int kRowOutputs = kOutputs - kMissingRows, kColumnOutputs = kOutputs - kMissingColumns;
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
    const bool whole = rows == kRowOutputs && columns == kColumnOutputs;
    if (whole && !pool) {
      UNROLL for (int row = 0; row < kRowOutputs; ++row) {
        UNROLL for (int column = 0; column < kColumnOutputs; ++column) {
          store(clamp_below(tile[row][column] + offset, floor),
                y + row * row_stride + column * pixel_stride + c);
        }
      }
      continue;
    }
    if (whole) {
      UNROLL for (int row = 0; row < kRowOutputs; row += 2) {
        UNROLL for (int column = 0; column < kColumnOutputs; column += 2) {
          const int below = row + 1 < kRowOutputs ? row + 1 : row,
                    right = column + 1 < kColumnOutputs ? column + 1 : column;
          const V best =
              max4(tile[row][column], tile[row][right], tile[below][column], tile[below][right]);
          store(clamp_below(best + offset, floor),
                y + row / 2 * row_stride + column / 2 * pixel_stride + c);
        }
      }
      continue;
    }
    const int step = pool ? 2 : 1;
    for (int row = 0; row < rows; row += step) {
      for (int column = 0; column < columns; column += step) {
        const int below = row + 1 < kRowOutputs ? row + 1 : row;
        const V value =
            pool ? largest(&tile[row][column], &tile[below][column], rows - row, columns - column)
                 : tile[row][column];
        store(clamp_below(value + offset, floor),
              y + row / step * row_stride + column / step * pixel_stride + c);
      }
    }
  }
}

template <int kGrid, int kOutputs, int kMissingRows, int kMissingColumns>
NOINLINE void output_half(const float* m, int c, int end, const float* bias, bool relu, bool pool,
                          int rows, int columns, float* y, ptrdiff_t row_stride,
                          ptrdiff_t pixel_stride) {
  output_vectors<HalfF32, kGrid, kOutputs, kMissingRows, kMissingColumns>(
      m, c, end, bias, relu, pool, rows, columns, y, row_stride, pixel_stride);
}

template <int kGrid, int kOutputs, int kMissingRows, int kMissingColumns>
void winograd_output(const float* m, int channels, const float* bias, bool relu, bool pool,
                     int rows, int columns, float* y, ptrdiff_t row_stride,
                     ptrdiff_t pixel_stride) {
  const int whole = channels / kLanes * kLanes;
  output_vectors<F32, kGrid, kOutputs, kMissingRows, kMissingColumns>(
      m, 0, whole, bias, relu, pool, rows, columns, y, row_stride, pixel_stride);
  if (whole < channels) {
    output_half<kGrid, kOutputs, kMissingRows, kMissingColumns>(
        m, whole, channels, bias, relu, pool, rows, columns, y, row_stride, pixel_stride);
  }
}

}  // namespace
