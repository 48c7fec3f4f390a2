// The contract between the engine and one instruction set ("ISA").
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace digitcli {

constexpr int kMaxRows = 14;    // rows of the largest tile of any ISA
constexpr int kMaxVectors = 2;  // vectors in one panel of packed weights
constexpr int kMaxPanels = 4;   // panels that a single row is multiplied with at once
constexpr int kBlock = 128;     // products that are summed before they meet the rest

// One tile of a matrix product or of a convolution, which is a product with gathered rows:
//
//   y[m][c] = act(bias[c] + sum over s, k of x[m][segments[s] + k] * w[s * depth + k][c])
//
//   x  `rows` of them, `x_stride` floats apart. A row is `segment_count` runs of `depth` floats,
//      each starting at its offset in `segments`: kernel rows of a convolution, or one run for a
//      dense layer. Nothing else of x is read.
//   w  one panel of pack_panels(): segment_count * depth rows of `vectors * lanes` floats
//   y  rows `y_stride` floats apart; all vectors * lanes columns are written
//
// The terms, (s, k) in order, are summed in blocks of kBlock, and the blocks are added to the bias
// in order: a long sum loses less to rounding so (Higham, "Accuracy and Stability of Numerical
// Algorithms", 2002, section 4.2), and every ISA with fused multiply-add returns the same bits.
// act is max(0, .) if `relu`, else nothing; NaN stays NaN.
using Product = void(const float* x, ptrdiff_t x_stride, const ptrdiff_t* segments,
                     int segment_count, int depth, const float* w, const float* bias, float* y,
                     ptrdiff_t y_stride, bool relu);

// One row times several panels of two vectors, reading only the weight rows it is told to:
//
//   y[c] = act(bias[c] + sum over i of value[i] * w[index[i]][c])
//
// for `panels` panels that lie `panel_stride` floats apart in w; bias and y are contiguous.
// With index in rising order, blocks by index, and zero values left out: the bits of Product.
using RowProduct = void(const float* value, const int32_t* index, int count, const float* w,
                        ptrdiff_t panel_stride, const float* bias, float* y, bool relu);

// y[c] = the largest, or the mean, of x[row * row_stride + column * pixel_stride + c] over a window
// of rows x columns, for 0 <= c < channels, a multiple of `lanes`. A NaN in the window wins.
using Pool = void(const float* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                  int columns, float* y, int channels);

// y[i] = scale * x[i], 0 <= i < count.
using ToFloat = void(const uint8_t* x, int count, float scale, float* y);

// ---- int8: unsigned bytes times signed ones, summed exactly in 32 bits
// ----------------------------

constexpr int kTileColumns = 16;  // most outputs of one row that share a tile

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
//   y  bytes, or floats if `logits`; strides are in values. Whole vectors of units are written.
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

// y[8 * c + j] = x[(first_row + j) * width + c] for 0 <= j < rows <= 8, zero outside the picture
// and for j >= rows. Turns a column of one-channel pixels into the channels of one, so that the
// first convolution is a product of a single segment.
using Int8Lift = void(const uint8_t* x, int height, int width, int first_row, int rows, uint8_t* y);

// y[c] = the largest x over a window, for 0 <= c < channels, as Pool.
using Int8MaxPool = void(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride, int rows,
                         int columns, uint8_t* y, int channels);

// The sum over a window times scale, rounded as in Int8Layer, or a float if `logits`; for whole
// vectors of `lanes` channels.
using Int8AveragePool = void(const uint8_t* x, ptrdiff_t row_stride, ptrdiff_t pixel_stride,
                             int rows, int columns, float scale, bool logits, void* y,
                             int channels);

// Function pointers over plain pointers only: no type that two ISAs could both instantiate.
struct Kernels {
  const char* isa;                          // the name in DIGITCLI_ISA and in `digitcli info`
  int lanes;                                // floats per vector
  int max_rows;                             // tiles have 1 to max_rows rows
  Product* product[kMaxVectors][kMaxRows];  // [vectors - 1][rows - 1]
  RowProduct* row_product[kMaxPanels];      // [panels - 1]
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
};

}  // namespace digitcli
