#include "steps.h"

#include <algorithm>
#include <cmath>

namespace digitcli {
namespace {

// Calls part(first, rows) for tiles of nearly equal height, none over `most`: 28 = 14 + 14, and
// not 14 + 13 + 1, because a tile of few rows leaves the multipliers idle.
template <class Part>
void for_each_tile(int count, int most, Part part) {
  const int tiles = (count + most - 1) / most;
  for (int tile = 0; tile < tiles; ++tile) {
    const auto start_of = [&](int t) {
      return static_cast<int>(static_cast<std::int64_t>(count) * t / tiles);
    };
    part(start_of(tile), start_of(tile + 1) - start_of(tile));
  }
}

void convolve(const Step& step, const Kernels& kernels, const float* in, float* out) {
  const Plane& from = step.in;
  const Plane& to = step.out;
  const std::ptrdiff_t x_stride = step.layer.stride * from.pixel_stride();
  for (int p = 0; p < step.panels.count; ++p) {
    const auto& tiles = kernels.product[step.panels.vectors(p) - 1];
    const float* bias = step.panels.bias.data() + p * step.panels.width;
    for (int row = 0; row < to.shape.height; ++row) {
      const float* x = in + row * step.layer.stride * from.row_stride();
      float* y = out + to.interior() + row * to.row_stride() + p * step.panels.width;
      for_each_tile(to.shape.width, kernels.max_rows, [&](int first, int rows) {
        tiles[rows - 1](x + first * x_stride, x_stride, step.segments.data(),
                        static_cast<int>(step.segments.size()), step.segment_depth,
                        step.panels.panel(p), bias, y + first * to.pixel_stride(),
                        to.pixel_stride(), step.layer.relu);
      });
    }
  }
}

// The part of a window that lies inside `size` values.
struct Span {
  int begin, count;
};

Span clip(int output, const Layer& layer, int size) {
  const int start = output * layer.stride - padding_of(layer, size).before;
  const int begin = std::max(start, 0);
  return {begin, std::min(start + layer.window, size) - begin};
}

void max_pool(const Step& step, const Kernels& kernels, const float* in, float* out) {
  const Plane& from = step.in;
  const Plane& to = step.out;
  for (int row = 0; row < to.shape.height; ++row) {
    const Span rows = clip(row, step.layer, from.shape.height);
    for (int column = 0; column < to.shape.width; ++column) {
      const Span columns = clip(column, step.layer, from.shape.width);
      kernels.max_pool(in + from.interior() + rows.begin * from.row_stride() +
                           columns.begin * from.pixel_stride(),
                       from.row_stride(), from.pixel_stride(), rows.count, columns.count,
                       out + to.interior() + row * to.row_stride() + column * to.pixel_stride(),
                       to.padded);
    }
  }
}

// One row: only the weights of values that are not zero are read.
void run_dense_row(const Step& step, const Kernels& kernels, const float* x, float* y, float* value,
                   std::int32_t* index) {
  const Panels& panels = step.panels;
  int count = 0, k = 0;
  for (const std::ptrdiff_t segment : step.segments) {
    for (int i = 0; i < step.segment_depth; ++i, ++k) {
      value[count] = x[segment + i];
      index[count] = k;
      count += value[count] != 0.0f;
    }
  }
  const int full = panels.count - (panels.last_vectors == kMaxVectors ? 0 : 1);
  for (int p = 0; p < full; p += kMaxPanels) {
    kernels.row_product[std::min(kMaxPanels, full - p) - 1](
        value, index, count, panels.panel(p), panels.stride(),
        panels.bias.data() + p * panels.width, y + p * panels.width, step.layer.relu);
  }
  if (full < panels.count) {
    kernels.product[0][0](x, 0, step.segments.data(), static_cast<int>(step.segments.size()),
                          step.segment_depth, panels.panel(full),
                          panels.bias.data() + full * panels.width, y + full * panels.width, 0,
                          step.layer.relu);
  }
}

}  // namespace

void run_picture_step(const Step& step, const Kernels& kernels, const float* in, float* out) {
  switch (step.layer.kind) {
    case Kind::conv:
      return convolve(step, kernels, in, out);
    case Kind::max_pool:
      return max_pool(step, kernels, in, out);
    case Kind::average_pool:
      return kernels.average_pool(in + step.in.interior(), step.in.row_stride(),
                                  step.in.pixel_stride(), step.in.shape.height, step.in.shape.width,
                                  out, step.out.padded);
    case Kind::dense:
      return;  // never among the picture steps
  }
}

void run_dense_step(const Step& step, const Kernels& kernels, const float* in, int rows, float* out,
                    float* value, std::int32_t* index) {
  if (rows == 1) return run_dense_row(step, kernels, in, out, value, index);
  const Panels& panels = step.panels;
  const std::ptrdiff_t x_stride = step.in.size(), y_stride = step.out.size();
  for (int p = 0; p < panels.count; ++p) {
    const auto& tiles = kernels.product[panels.vectors(p) - 1];
    for_each_tile(rows, kernels.max_rows, [&](int first, int count) {
      tiles[count - 1](in + first * x_stride, x_stride, step.segments.data(),
                       static_cast<int>(step.segments.size()), step.segment_depth, panels.panel(p),
                       panels.bias.data() + p * panels.width,
                       out + first * y_stride + p * panels.width, y_stride, step.layer.relu);
    });
  }
}

void softmax(const float* logits, int count, float* probabilities) {
  const double largest = *std::max_element(logits, logits + count);
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += std::exp(logits[i] - largest);
  for (int i = 0; i < count; ++i) {
    probabilities[i] = static_cast<float>(std::exp(logits[i] - largest) / sum);
  }
}

}  // namespace digitcli
