// The contract between the engine and one instruction set ("ISA").
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace digitcli {

// Rows of the largest tile of any ISA.
constexpr int kMaxRows = 14;

// Vectors in one panel of packed weights, and half vectors.
constexpr int kMaxVectors = 2;
constexpr int kMaxHalves = 2 * kMaxVectors;

// Products that are summed before they meet the rest; fewer in a BareProduct.
constexpr int kBlock = 128;
constexpr int kBareBlock = 16;

// One tile of a matrix product or of a convolution, which is a product with gathered rows:
//
//   y[m][c] = act(bias[c] + sum over s, k of x[m][segments[s] + k] * w[s * depth + k][c])
//
//   x  `rows` of them, `x_stride` floats apart. A row is `segment_count` runs of `depth` floats,
//      each starting at its offset in `segments`: kernel rows of a convolution, or one run for a
//      dense layer. Nothing else of x is read.
//   w  one panel of pack_panels(): segment_count * depth rows of `halves * half_lanes` floats
//   y  rows `y_stride` floats apart; all halves * half_lanes columns are written
//
// The terms, (s, k) in order, are summed in blocks of kBlock, and the blocks are added to the bias
// in order: a long sum loses less to rounding so (Higham, "Accuracy and Stability of Numerical
// Algorithms", 2002, section 4.2), and every ISA with fused multiply-add returns the same bits.
// act is max(0, .) if `relu`, else nothing; NaN stays NaN.
using Product = void(const float* x, ptrdiff_t x_stride, const ptrdiff_t* segments,
                     int segment_count, int depth, const float* w, const float* bias, float* y,
                     ptrdiff_t y_stride, bool relu);

// The same without segments, bias and activation: y[m][c] = sum over k < depth of x[m][k] *
// w[k][c]. Summed in blocks of kBareBlock, short ones, because Winograd's way back multiplies their
// rounding.
using BareProduct = void(const float* x, ptrdiff_t x_stride, int depth, const float* w, float* y,
                         ptrdiff_t y_stride);

// One row times a matrix that lies as Keras stores it, reading only the rows it is told to: one
// block of the sum,
//
//   sum[c] = sum over i < count of value[i] * w[index[i] * w_stride + c]
//
// and all blocks together, sums[b * stride + c] of block b in order:
//
//   y[c] = act(bias[c] + sums[0][c] + ... + sums[blocks - 1][c])
//
// both for 0 <= c < columns, a multiple of `lanes`. With index in rising order, and values of zero
// left out: the bits of Product.
using BlockSum = void(const float* value, const int32_t* index, int count, const float* w,
                      ptrdiff_t w_stride, int columns, float* sum);
using AddBlocks = void(const float* sums, ptrdiff_t stride, int blocks, const float* bias,
                       int columns, float* y, bool relu);

// A convolution of stride 1 on pictures of one channel, two rows (or the last one) of its output:
//
//   y[row * row_stride + column * pixel_stride + c] =
//       act(bias[c] + sum over ky, kx of x[(row + ky) * x_stride + column + kx] * w[ky][kx][c])
//
// for column < columns; or, if `pool`, the largest of each 2x2 of these. w is one panel, the sums
// are those of Product. Up to kMaxWindow values behind those of the last column may be read. Tiles
// of one_channel_columns columns whose inputs are all +0 are not multiplied.
using OneChannel = void(const float* x, ptrdiff_t x_stride, const float* w, const float* bias,
                        bool relu, bool pool, int rows, int columns, float* y, ptrdiff_t row_stride,
                        ptrdiff_t pixel_stride);

// Windows of OneChannel: 3x3 and 5x5.
constexpr int kOneChannelWindows = 2;

// A convolution by Winograd's method F(outputs x outputs, window x window), stride 1, as products
// at `points` = outputs + window - 1 points per dimension:
//
//   input   v[i * points + j] = (B' x B)[i][j]   of one tile of points x points pixels
//   output  y = act(bias + (A' m A))             one tile of outputs x outputs pixels
//
// The last tiles of a row or column may be short, with one or two outputs and points less: those
// last before infinity. [rows missing][columns missing]; null where the form has no such tiles.
//
// Each point's values lie `point_stride` floats apart, on the way back a panel's width, those of
// the channels side by side; channels is a multiple of `half_lanes`. Only the first `rows` x
// `columns` of the tile are written, or, if `pool`, the largest of each 2x2 of them.
using WinogradInput = void(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride,
                           int channels, float* v, ptrdiff_t point_stride);
using WinogradOutput = void(const float* m, int channels, const float* bias, bool relu, bool pool,
                            int rows, int columns, float* y, ptrdiff_t row_stride,
                            ptrdiff_t pixel_stride);
struct Winograd {
  int outputs, window;
  WinogradInput* input[3][3];
  WinogradOutput* output[3][3];
};
constexpr int kWinogradForms = 4;

// Points per dimension. Infinity comes last, after the first points - 1 of kWinogradPoints.
constexpr int kMaxPoints = 8;
constexpr double kWinogradPoints[kMaxPoints - 1] = {0, 1, -1, 2, -0.5, -2, 0.5};

// y[i * y_step + c] = the largest, or the mean, over a window of rows x columns of
// x[i * x_step + row * row_stride + column * pixel_stride + c], for `count` windows and
// 0 <= c < channels, a multiple of `half_lanes`. A NaN in the window wins.
using Pool = void(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                  int columns, int count, ptrdiff_t x_step, float* y, ptrdiff_t y_step,
                  int channels);

// y[i] = scale * x[i], 0 <= i < count.
using ToFloat = void(const uint8_t* x, int count, float scale, float* y);

// ---- int8: unsigned bytes times signed ones, summed exactly in 32 bits ----

// Most outputs of one row that share a tile.
constexpr int kTileColumns = 16;

// A convolution on one picture, or a dense layer on several rows (16 rows of features stand for one
// row of 16 outputs):
//
//   sum[r][c][u] = bias[u] + sum over s, k of x[r * row_stride + c * column_stride
//                                              + segments[s] + k] * w[u][s][k]
//
//   x  bytes. A segment is 4 * groups of them, but a tile reads up to 16 columns wherever a row
//      ends, so the plane goes on for as long after its last row.
//   w  panels of pack_int8(), `panel_stride` bytes apart, each of 2 * lanes units, the last one of
//      lanes units if `last_vectors` is 1: segment_count * groups rows of four bytes for each unit
//   y  bytes, or floats if `logits`; strides are in values. y_units, whole vectors, are written; of
//      bytes the last one may be a half: of half_lanes units.
//
// pool2: y[r][c] is made of the largest sum in rows 2r, 2r + 1 and columns 2c, 2c + 1, as far as
// these exist; else of sum[r][c]. Then y = round(clamp(float(sum) * scale[u], 0, 255)), ties to
// even, or float(sum) * scale[u] for logits.
struct Int8Layer {
  const uint8_t* x;
  ptrdiff_t row_stride, column_stride;
  int height, width;  // of the sums
  const ptrdiff_t* segments;
  int segment_count, groups;
  const int8_t* w;
  ptrdiff_t panel_stride;
  int panels, last_vectors, units;
  const int32_t* bias;
  const float* scale;
  bool pool2, logits;
  void* y;
  int y_units;
  ptrdiff_t y_row_stride, y_column_stride;
};

// Rows [row_begin, row_end) of y, for panels [panel_begin, panel_end).
using Int8Product = void(const Int8Layer& layer, int row_begin, int row_end, int panel_begin,
                         int panel_end);

// One row of inputs, from those that are not zero: value[i] times row index[i] of the weights.
// Their `count` is a multiple of four. Here `w` are panels of pack_int8_rows(), of int8_row_units
// units, and panels [panel_begin, panel_end) are computed; only the first `units` sums are stored.
using Int8RowProduct = void(const Int8Layer& layer, const uint8_t* value, const int32_t* index,
                            int count, int panel_begin, int panel_end);

// Finds them among x[0] to x[depth - 1] and returns how many there are, with zeros up to a multiple
// of four; value and index have room for that.
using Int8Gather = int(const uint8_t* x, int depth, uint8_t* value, int32_t* index);

// y[lift * c + j] = x[(first_row + j) * width + c] for 0 <= j < rows <= lift, zero outside the
// picture and for rows <= j < lift; lift is 4 or 8. Turns a column of one-channel pixels into the
// channels of one, so that the first convolution is a product of a single segment.
using Int8Lift = void(const uint8_t* x, int height, int width, int first_row, int rows, int lift,
                      uint8_t* y);

// y[c] = the largest x over a window, for 0 <= c < channels, as Pool.
using Int8MaxPool = void(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                         int columns, uint8_t* y, int channels);

// The sum over a window times scale, rounded as in Int8Layer, or a float if `logits`; for whole
// vectors of `lanes` channels.
using Int8AveragePool = void(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride,
                             int rows, int columns, float scale, bool logits, void* y,
                             int channels);

// Winograd's method as above, in whole numbers that lose nothing: sums of the same bits as
// Int8Product's. `points` = outputs + window - 1 places per dimension of a tile hold numbers of 16
// bits on the way in, and sums modulo 2^32 on the way out; int8_points.h says which points they
// are. There are at least `shorts` channels. bias, scale and rounding are those of Int8Layer; of
// `units` all whole vectors are written, and a half one that is left over.
using ExactInput = void(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride,
                        int channels, int16_t* v, ptrdiff_t point_stride);
using ExactOutput = void(const int32_t* m, int units, const int32_t* bias, const float* scale,
                         bool pool, int rows, int columns, uint8_t* y, ptrdiff_t row_stride,
                         ptrdiff_t pixel_stride);
struct ExactWinograd {
  int outputs, window;
  ExactInput* input[3][3];  // [points that rows miss][that columns miss]
  ExactOutput* output[3][3];
};
constexpr int kExactForms = 2;

// y[m][c] = the sum over s, k of x[m][segments[s] / 2 + k] * w[s * 2 * groups + k][c], modulo 2^32,
// for m < tiles and vectors * lanes columns:
//
//   x  rows `x_stride` values apart; segments are in bytes, each of `groups` pairs of values
//   w  one row for each pair: two consecutive values for every column
//   y  rows `y_stride` values apart
using PairProduct = void(const int16_t* x, ptrdiff_t x_stride, const ptrdiff_t* segments,
                         int segment_count, int groups, const int16_t* w, int vectors, int tiles,
                         int32_t* y, ptrdiff_t y_stride);

// What this ISA can do at best, for `peaks.h`: `steps` rounds of peak_fma_flops or peak_dot_ops
// operations in independent sums, or every byte of `bytes`, a multiple of read_step. The results
// only keep the compiler from leaving the work out.
using PeakFma = float(int64_t steps);
using PeakDot = int32_t(int64_t steps);
using PeakRead = int32_t(const uint8_t* from, int64_t bytes);

// Function pointers over plain pointers only: no type that two ISAs could both instantiate.
struct Kernels {
  const char* isa;  // the name in DIGITCLI_ISA and in `digitcli info`
  int lanes;        // floats per vector
  int half_lanes;  // floats, and units of bytes, per half vector; `lanes` where there are no halves
  bool fused;      // float32 as all others of which this is true: to the bit
  int max_rows;    // tiles have 1 to max_rows rows
  Product* product[kMaxHalves][kMaxRows];           // [halves - 1][rows - 1]
  BareProduct* bare_product[kMaxHalves][kMaxRows];  // likewise
  BlockSum* block_sum;
  AddBlocks* add_blocks;
  OneChannel* one_channel[kOneChannelWindows][kMaxHalves];  // [window / 2 - 1][halves - 1]
  int one_channel_columns;
  Winograd winograd[kWinogradForms];
  Pool* max_pool;
  Pool* average_pool;
  ToFloat* to_float;
  int int8_groups;  // groups of a longer segment are a multiple of this
  int int8_row_units;
  Int8Product* int8_product;
  Int8RowProduct* int8_row_product;
  Int8Gather* int8_gather;
  Int8Lift* int8_lift;
  Int8MaxPool* int8_max_pool;
  Int8AveragePool* int8_average_pool;
  double
      dot_cost;  // of a dot product of four bytes, in such of two numbers of 16 bits; 0: no forms
  int shorts;
  ExactWinograd exact_winograd[kExactForms];
  PairProduct* pair_product;
  int peak_fma_flops;  // of one step of peak_fma; a multiplication and an addition are two
  int peak_dot_ops;    // of one step of peak_dot, likewise
  int read_step;       // bytes
  PeakFma* peak_fma;
  PeakDot* peak_dot;
  PeakRead* peak_read;
};

}  // namespace digitcli
