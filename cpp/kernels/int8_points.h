// The points of Winograd's method in whole numbers, and one dimension of a tile: from bytes to what
// they are worth at each point, and back. B' and A' are named as in winograd.h; A' is scaled to
// whole numbers, and so are the filters (network/int8/winograd.cpp):
//
//   3x3, tiles of 4: 0 (times 6), 1, -1, 2, -2, infinity (times 6)
//   5x5, tiles of 4: 0 (times 2), 1, -1, i (real and imaginary part, times 2), 2, -2, infinity
//                    (times 2); its bytes are centred: 128 is taken off them
//
// and the last tile does without -2 (3 outputs), or 2 and -2 (2 outputs), where that is enough. The
// two parts of the point i are two places of a tile; its product is one of complex numbers. What
// comes back is each sum times kOdd * 2^kShift.
//
// Where both dimensions are at the point i, what stands there is a + bj + ci + dij with two units,
// whose product would take 16 multiplications. With j = i and with j = -i it is one complex number
// each, and their two products take 8: ExactSquare goes there, and back from twice their halves.
#pragma once

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

// The four places of the square of the point i in a tile, [part of the rows][part of the columns].
struct ExactSquare {
  static constexpr int kFirst = 3;  // of its places, in both dimensions

  template <class V>
  static void join(V (&v)[2][2]) {
    const V a = v[0][0], b = v[0][1], c = v[1][0], d = v[1][1];
    v[0][0] = a - d, v[0][1] = c + b;
    v[1][0] = a + d, v[1][1] = c - b;
  }

  // Back from halves of both.
  template <class V>
  static void part(V (&v)[2][2]) {
    const V a = v[0][0], b = v[0][1], c = v[1][0], d = v[1][1];
    v[0][0] = a + c, v[0][1] = b - d;
    v[1][0] = b + d, v[1][1] = c - a;
  }
};

template <int kWindow>
constexpr bool in_square(int i, int j) {
  constexpr int kFirst = ExactSquare::kFirst;
  return kWindow == 5 && i >= kFirst && i < kFirst + 2 && j >= kFirst && j < kFirst + 2;
}

// Places of a full tile, per dimension, and which of them is place i of one that misses some.
constexpr int exact_grid(int window) { return window + 3; }
template <int kWindow, int kMissing>
constexpr int exact_place(int i) {
  return i + 1 == ExactDimension<kWindow, kMissing>::kPlaces ? exact_grid(kWindow) - 1 : i;
}

}  // namespace
