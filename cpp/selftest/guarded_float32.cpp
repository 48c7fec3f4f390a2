// The float32 kernels on guarded memory.
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "selftest/trials.h"

namespace digitcli::selftest {
namespace {

// Offsets of `count` runs of `depth` values, with a gap between them.
std::vector<std::ptrdiff_t> runs(int count, int depth) {
  std::vector<std::ptrdiff_t> segments;
  for (int s = 0; s < count; ++s) segments.push_back(s * (depth + 5));
  return segments;
}

struct Sum {
  int segments, depth;
};

// Half vectors, or whole ones where there are no halves, in `vectors` of them.
int parts_of(const Kernels& kernels, int vectors) {
  return vectors * kernels.lanes / kernels.half_lanes;
}

Trials try_products(const Kernels& kernels) {
  Trials trials = begin(kernels, "product");
  for (int parts = 1; parts <= parts_of(kernels, kMaxVectors); ++parts) {
    const int width = parts * kernels.half_lanes;
    for (int rows = 1; rows <= kernels.max_rows; ++rows) {
      for (const Sum sum : {Sum{1, 1}, Sum{1, 131}, Sum{3, 5}, Sum{5, 27}}) {
        const int count = sum.segments, depth = sum.depth;
        const auto segments = runs(count, depth);
        const std::ptrdiff_t reach = segments.back() + depth, x_stride = reach + rows % 3;
        trials.add([&](Arrays& arrays) {
          const float* x = arrays.floats((rows - 1) * x_stride + reach);
          const float* w = arrays.floats(std::ptrdiff_t{count} * depth * width);
          const float* bias = arrays.floats(width);
          const std::ptrdiff_t y_stride = width + 3;
          float* y = arrays.out<float>((rows - 1) * y_stride + width);
          kernels.product[parts - 1][rows - 1](x, x_stride, arrays.given(segments), count, depth, w,
                                               bias, y, y_stride, rows % 2 == 0);
        });
      }
    }
  }
  return trials;
}

Trials try_bare_products(const Kernels& kernels) {
  Trials trials = begin(kernels, "bare_product");
  for (int parts = 1; parts <= parts_of(kernels, kMaxVectors); ++parts) {
    const std::ptrdiff_t width = parts * kernels.half_lanes, y_stride = width + 1;
    for (int rows = 1; rows <= kernels.max_rows; ++rows) {
      for (const int depth : {1, 15, 16, 17, 40}) {
        trials.add([&](Arrays& arrays) {
          const float* x = arrays.floats((rows - 1) * (depth + 1) + depth);
          const float* w = arrays.floats(depth * width);
          float* y = arrays.out<float>((rows - 1) * y_stride + width);
          kernels.bare_product[parts - 1][rows - 1](x, depth + 1, depth, w, y, y_stride);
        });
      }
    }
  }
  return trials;
}

Trials try_single_rows(const Kernels& kernels) {
  Trials trials = begin(kernels, "block_sum, add_blocks");
  for (int vectors = 1; vectors <= 5; ++vectors) {
    const int columns = vectors * kernels.lanes;
    for (int count = 0; count <= 18; ++count) {
      std::vector<std::int32_t> index(static_cast<std::size_t>(count));
      std::iota(index.begin(), index.end(), 2);
      trials.add([&](Arrays& arrays) {
        const float* value = arrays.floats(count);
        const float* w = arrays.floats(count == 0 ? 0 : (count + 1) * (columns + 1) + columns);
        float* sum = arrays.out<float>(columns);
        kernels.block_sum(value, arrays.given(index), count, w, columns + 1, columns, sum);
        const int blocks = count % 4;
        const float* sums = arrays.floats(blocks == 0 ? 0 : (blocks - 1) * (columns + 3) + columns);
        const float* bias = arrays.floats(columns);
        float* y = arrays.out<float>(columns);
        kernels.add_blocks(sums, columns + 3, blocks, bias, columns, y, count % 2 == 0);
      });
    }
  }
  return trials;
}

Trials try_one_channel(const Kernels& kernels) {
  Trials trials = begin(kernels, "one_channel");
  const int widths = parts_of(kernels, kMaxVectors);
  for (int kind = 0; kind < 8 * widths; ++kind) {
    const int window = kind % 2 == 0 ? 3 : 5, rows = 1 + kind / 2 % 2, parts = 1 + kind / 8;
    const bool pool = kind / 4 % 2 == 1;
    for (int columns = 1; columns <= 13; ++columns) {
      const std::ptrdiff_t width = parts * kernels.half_lanes, pixel_stride = width + 1;
      const int wide = pool ? (columns + 1) / 2 : columns, high = pool ? 1 : rows;
      const std::ptrdiff_t row_stride = wide * pixel_stride + 1;
      const std::ptrdiff_t reach = columns + window - 1, x_stride = reach + 1;
      trials.add([&](Arrays& arrays) {
        const float* x =
            arrays.floats((window - 2 + rows) * x_stride + reach + kernels.one_channel_columns - 1);
        const float* w = arrays.floats(window * window * width);
        const float* bias = arrays.floats(width);
        float* y = arrays.out<float>((high - 1) * row_stride + (wide - 1) * pixel_stride + width);
        kernels.one_channel[window / 2 - 1][parts - 1](x, x_stride, w, bias, columns % 2 == 0, pool,
                                                       rows, columns, y, row_stride, pixel_stride);
      });
    }
  }
  return trials;
}

void try_winograd_input(const Kernels& kernels, const Winograd& form, int missing_rows,
                        int missing_columns, Trials& trials) {
  const int grid = form.outputs + form.window - 1;
  const int rows = grid - missing_rows, columns = grid - missing_columns;
  for (int parts = 1; parts <= parts_of(kernels, 3); ++parts) {
    const int channels = parts * kernels.half_lanes;
    const std::ptrdiff_t pixel_stride = channels + 1, row_stride = columns * pixel_stride + 2;
    trials.add([&](Arrays& arrays) {
      const float* x =
          arrays.floats((rows - 1) * row_stride + (columns - 1) * pixel_stride + channels);
      float* v = arrays.out<float>((grid * grid - 1) * pixel_stride + channels);
      form.input[missing_rows][missing_columns](x, row_stride, pixel_stride, channels, v,
                                                pixel_stride);
    });
  }
}

void try_winograd_output(const Kernels& kernels, const Winograd& form, int missing_rows,
                         int missing_columns, Trials& trials) {
  const int grid = form.outputs + form.window - 1;
  const int most_rows = form.outputs - missing_rows;
  const int most_columns = form.outputs - missing_columns;
  const int widths = parts_of(kernels, kMaxVectors), sizes = most_rows * most_columns;
  for (int kind = 0; kind < 2 * sizes * widths; ++kind) {
    const bool pool = kind % 2 == 1;
    const int channels = (1 + kind / 2 / sizes) * kernels.half_lanes;
    const int rows = 1 + kind / 2 % most_rows, columns = 1 + kind / 2 % sizes / most_rows;
    const int high = pool ? (rows + 1) / 2 : rows, wide = pool ? (columns + 1) / 2 : columns;
    const std::ptrdiff_t pixel_stride = channels + 1, row_stride = wide * pixel_stride + 2;
    trials.add([&](Arrays& arrays) {
      const float* m = arrays.floats((grid * grid - 1) * kMaxVectors * kernels.lanes + channels);
      const float* bias = arrays.floats(channels);
      float* y = arrays.out<float>((high - 1) * row_stride + (wide - 1) * pixel_stride + channels);
      form.output[missing_rows][missing_columns](m, channels, bias, kind % 3 == 0, pool, rows,
                                                 columns, y, row_stride, pixel_stride);
    });
  }
}

Trials try_winograd(const Kernels& kernels) {
  Trials trials = begin(kernels, "winograd");
  for (const Winograd& form : kernels.winograd) {
    for (int kind = 0; kind < 9; ++kind) {
      if (form.input[kind / 3][kind % 3] == nullptr) continue;
      try_winograd_input(kernels, form, kind / 3, kind % 3, trials);
      try_winograd_output(kernels, form, kind / 3, kind % 3, trials);
    }
  }
  return trials;
}

Trials try_pools(const Kernels& kernels) {
  Trials trials = begin(kernels, "max_pool, average_pool, to_float");
  for (const Window window : {Window{1, 1}, Window{2, 2}, Window{3, 2}, Window{1, 3}}) {
    const int rows = window.rows, columns = window.columns;
    for (int kind = 0; kind < 18; ++kind) {
      const int count = 1 + kind % 3, channels = (1 + kind / 6) * kernels.half_lanes;
      const std::ptrdiff_t pixel_stride = channels + 1, row_stride = columns * pixel_stride + 1;
      trials.add([&](Arrays& arrays) {
        const float* x = arrays.floats((count - 1) * (pixel_stride + 2) + (rows - 1) * row_stride +
                                       (columns - 1) * pixel_stride + channels);
        float* y = arrays.out<float>((count - 1) * pixel_stride + channels);
        (kind / 3 % 2 == 0 ? kernels.max_pool : kernels.average_pool)(
            x, row_stride, pixel_stride, rows, columns, count, pixel_stride + 2, y, pixel_stride,
            channels);
      });
    }
  }
  for (int count = 0; count <= 70; ++count) {
    trials.add([&](Arrays& arrays) {
      const std::uint8_t* x = arrays.bytes(count);
      kernels.to_float(x, count, 0.5f, arrays.out<float>(count));
    });
  }
  return trials;
}

}  // namespace

std::vector<Trials> try_float32_kernels(const Kernels& kernels) {
  return {try_products(kernels),    try_bare_products(kernels), try_single_rows(kernels),
          try_one_channel(kernels), try_winograd(kernels),      try_pools(kernels)};
}

}  // namespace digitcli::selftest
