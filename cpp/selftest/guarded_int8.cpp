// The int8 kernels on guarded memory.
#include <cstddef>
#include <string>
#include <vector>

#include "base/round_up.h"
#include "network/panels.h"
#include "selftest/trials.h"

namespace digitcli::selftest {
namespace {

constexpr float kScale = 1.0f / 512;

// Whether this ISA multiplies tiles of 16 columns, which are read wherever a row ends.
bool has_tiles(const Kernels& kernels) { return kernels.int8_groups > 1; }

// Units of bytes that are written for so many: whole vectors, the last one may be a half.
int padded_units(const Kernels& kernels, int units, bool logits) {
  return base::round_up(units, logits ? kernels.lanes : kernels.half_lanes);
}

// What a layer is made of, but its arrays.
struct Shape {
  int height, width, segments, groups, units;
  std::ptrdiff_t column_stride;
  bool pool2, logits;
};

Int8Layer layer_of(const Kernels& kernels, const Shape& shape) {
  Int8Layer layer{};
  const network::Cut cut(shape.units, kernels.lanes);
  layer.height = shape.height;
  layer.width = shape.width;
  layer.segment_count = shape.segments;
  layer.groups = shape.groups;
  layer.column_stride = shape.column_stride;
  layer.row_stride = (shape.width + 1) * shape.column_stride + 4 * shape.groups;
  layer.panels = cut.count;
  layer.last_vectors = cut.last_vectors;
  layer.panel_stride = std::ptrdiff_t{shape.segments} * shape.groups * cut.width * 4;
  layer.units = shape.units;
  layer.pool2 = shape.pool2;
  layer.logits = shape.logits;
  layer.y_units = padded_units(kernels, shape.units, shape.logits);
  const int wide = shape.pool2 ? (shape.width + 1) / 2 : shape.width;
  layer.y_column_stride = layer.y_units + 1;
  layer.y_row_stride = wide * layer.y_column_stride + 2;
  return layer;
}

void give_output(Int8Layer& layer, std::ptrdiff_t values, Arrays& arrays) {
  layer.y = layer.logits ? static_cast<void*>(arrays.out<float>(values))
                         : static_cast<void*>(arrays.out<std::uint8_t>(values));
}

void give_units(Int8Layer& layer, int units, Arrays& arrays) {
  layer.bias = arrays.ints(units);
  layer.scale = arrays.given(std::vector<float>(static_cast<std::size_t>(units), kScale));
}

void run_product(const Kernels& kernels, const Shape& shape, Arrays& arrays) {
  Int8Layer layer = layer_of(kernels, shape);
  std::vector<std::ptrdiff_t> segments;
  for (int s = 0; s < shape.segments; ++s) segments.push_back(s * layer.row_stride);
  layer.segments = arrays.given(segments);
  const int more = has_tiles(kernels) ? kTileColumns : 0;
  layer.x = arrays.bytes((shape.height - 1) * layer.row_stride +
                         (shape.width - 1 + more) * layer.column_stride + segments.back() +
                         4 * shape.groups);
  const std::ptrdiff_t vector = std::ptrdiff_t{shape.segments} * shape.groups * kernels.lanes * 4;
  layer.w =
      arrays.signed_bytes((layer.panels - 1) * layer.panel_stride + layer.last_vectors * vector);
  give_units(layer, base::round_up(shape.units, kernels.lanes), arrays);
  const int high = shape.pool2 ? (shape.height + 1) / 2 : shape.height;
  const int wide = shape.pool2 ? (shape.width + 1) / 2 : shape.width;
  give_output(layer,
              (high - 1) * layer.y_row_stride + (wide - 1) * layer.y_column_stride + layer.y_units,
              arrays);
  kernels.int8_product(layer, 0, high, 0, layer.panels);
}

Trials try_products(const Kernels& kernels) {
  Trials trials = begin(kernels, "int8_product");
  const int lanes = kernels.lanes, deep = 3 * kernels.int8_groups;
  for (const int units : {1, lanes, lanes + 1, 2 * lanes, 3 * lanes - 1, 4 * lanes + 1}) {
    for (int width = 1; width <= 19; ++width) {
      for (int kind = 0; kind < 12; ++kind) {
        const int height = 1 + kind % 3, segments = kind / 3 % 2 == 0 ? 1 : 3;
        const int groups = kind / 6 == 0 ? 2 : deep;
        const bool pool2 = (width + kind) % 2 == 0, logits = !pool2 && (width + kind) % 4 == 1;
        const Shape shape{height, width, segments, groups, units, 4 + width % 5, pool2, logits};
        trials.add([&](Arrays& arrays) { run_product(kernels, shape, arrays); });
      }
    }
  }
  return trials;
}

// Finds what is not zero in one row, and multiplies it.
void run_row(const Kernels& kernels, int depth, int units, bool logits, Arrays& arrays) {
  const int row_units = kernels.int8_row_units, bytes = 4 * kernels.lanes;
  const std::uint8_t* x = arrays.bytes(depth);
  auto* value = arrays.out<std::uint8_t>(base::round_up(depth, 4));
  auto* index = arrays.out<std::int32_t>(base::round_up(depth, 4));
  const int count = kernels.int8_gather(x, depth, value, index);
  Int8Layer layer{};
  layer.units = units;
  layer.logits = logits;
  layer.y_units = padded_units(kernels, units, logits);
  const int panels = (units + row_units - 1) / row_units;
  layer.panel_stride = std::ptrdiff_t{depth} * row_units;
  const int last = base::round_up(units - (panels - 1) * row_units, bytes);
  layer.w = arrays.signed_bytes((panels - 1) * layer.panel_stride + std::ptrdiff_t{depth} * last);
  give_units(layer, base::round_up(units, kernels.lanes), arrays);
  give_output(layer, layer.y_units, arrays);
  const std::vector<std::uint8_t> found(value, value + count);
  const std::vector<std::int32_t> where(index, index + count);
  kernels.int8_row_product(layer, arrays.given(found), arrays.given(where), count, 0, panels);
}

Trials try_rows(const Kernels& kernels) {
  Trials trials = begin(kernels, "int8_gather, int8_row_product");
  const int lanes = kernels.lanes, row_units = kernels.int8_row_units;
  for (const int units : {1, lanes - 1, lanes, lanes + 1, 4 * lanes, row_units, row_units + 5,
                          row_units + 4 * lanes + 1, 2 * row_units}) {
    for (const int depth : {1, 2, 3, 4, 5, 17, 64}) {
      for (const bool logits : {false, true}) {
        trials.add([&](Arrays& arrays) { run_row(kernels, depth, units, logits, arrays); });
      }
    }
  }
  return trials;
}

Trials try_lifts(const Kernels& kernels) {
  Trials trials = begin(kernels, "int8_lift");
  for (int width = 1; width <= 70; width += width < 36 ? 1 : 7) {
    for (int rows = 1; rows <= 8; ++rows) {
      for (int first_row = -2; first_row <= 5; ++first_row) {
        const int lift = rows > 4 || first_row % 2 == 0 ? 8 : 4, height = 6;
        trials.add([&](Arrays& arrays) {
          const std::uint8_t* x = arrays.bytes(height * width);
          kernels.int8_lift(x, height, width, first_row, rows, lift,
                            arrays.out<std::uint8_t>(lift * width));
        });
      }
    }
  }
  return trials;
}

Trials try_pools(const Kernels& kernels) {
  Trials trials = begin(kernels, "int8_max_pool, int8_average_pool");
  for (const Window window : {Window{1, 1}, Window{2, 2}, Window{3, 2}, Window{5, 7}}) {
    const int rows = window.rows, columns = window.columns;
    for (int channels = 1; channels <= 70; ++channels) {
      const std::ptrdiff_t pixel_stride = channels + 1, row_stride = columns * pixel_stride + 2;
      const std::ptrdiff_t size = (rows - 1) * row_stride + (columns - 1) * pixel_stride + channels;
      trials.add([&](Arrays& arrays) {
        const std::uint8_t* x = arrays.bytes(size);
        kernels.int8_max_pool(x, row_stride, pixel_stride, rows, columns,
                              arrays.out<std::uint8_t>(channels), channels);
        if (channels % kernels.lanes != 0) return;
        kernels.int8_average_pool(x, row_stride, pixel_stride, rows, columns, kScale, true,
                                  arrays.out<float>(channels), channels);
        kernels.int8_average_pool(x, row_stride, pixel_stride, rows, columns, kScale, false,
                                  arrays.out<std::uint8_t>(channels), channels);
      });
    }
  }
  return trials;
}

// Places that a dimension of a tile has in memory, and in a tile that does without some.
int grid_of(const ExactWinograd& form) { return form.window + 3; }
int places_of(const ExactWinograd& form, int missing) { return grid_of(form) - missing; }

void try_exact_input(const Kernels& kernels, const ExactWinograd& form, int kind, Trials& trials) {
  const int rows = places_of(form, kind / 3), columns = places_of(form, kind % 3);
  const int grid = grid_of(form), shorts = kernels.shorts;
  for (const int channels : {shorts, shorts + 1, 2 * shorts - 1, 2 * shorts, 3 * shorts + 4}) {
    const std::ptrdiff_t pixel_stride = channels + 1, row_stride = columns * pixel_stride + 2;
    trials.add([&](Arrays& arrays) {
      const std::uint8_t* x =
          arrays.bytes((rows - 1) * row_stride + (columns - 1) * pixel_stride + channels);
      auto* v = arrays.out<std::int16_t>((grid * grid - 1) * pixel_stride + channels);
      form.input[kind / 3][kind % 3](x, row_stride, pixel_stride, channels, v, pixel_stride);
    });
  }
}

void try_exact_output(const Kernels& kernels, const ExactWinograd& form, int kind, Trials& trials) {
  const int lanes = kernels.lanes, half = kernels.half_lanes, grid = grid_of(form);
  const int most_rows = form.outputs - kind / 3, most_columns = form.outputs - kind % 3;
  for (const int units : {half, lanes, lanes + half, 2 * lanes}) {
    for (int part = 0; part < 2 * most_rows * most_columns; ++part) {
      const bool pool = part % 2 == 1;
      const int rows = 1 + part / 2 % most_rows, columns = 1 + part / 2 / most_rows;
      const int high = pool ? (rows + 1) / 2 : rows, wide = pool ? (columns + 1) / 2 : columns;
      const std::ptrdiff_t pixel_stride = units + 1, row_stride = wide * pixel_stride + 2;
      trials.add([&](Arrays& arrays) {
        const int whole = base::round_up(units, lanes);
        const std::int32_t* m =
            arrays.ints((grid * grid - 1) * std::ptrdiff_t{kMaxVectors} * lanes + whole);
        const std::int32_t* bias = arrays.ints(whole);
        const float* scale =
            arrays.given(std::vector<float>(static_cast<std::size_t>(whole), kScale));
        auto* y =
            arrays.out<std::uint8_t>((high - 1) * row_stride + (wide - 1) * pixel_stride + units);
        form.output[kind / 3][kind % 3](m, units, bias, scale, pool, rows, columns, y, row_stride,
                                        pixel_stride);
      });
    }
  }
}

Trials try_exact(const Kernels& kernels) {
  Trials trials = begin(kernels, "exact_winograd");
  for (const ExactWinograd& form : kernels.exact_winograd) {
    for (int kind = 0; kind < 9 && form.window > 0; ++kind) {
      try_exact_input(kernels, form, kind, trials);
      try_exact_output(kernels, form, kind, trials);
    }
  }
  return trials;
}

Trials try_pairs(const Kernels& kernels) {
  Trials trials = begin(kernels, "pair_product");
  for (int tiles = 1; tiles <= 30 && kernels.pair_product != nullptr; ++tiles) {
    for (int kind = 0; kind < 8; ++kind) {
      const int vectors = 1 + kind % 2, count = 1 + kind / 2 % 2, groups = kind / 4 == 0 ? 1 : 9;
      const std::ptrdiff_t width = vectors * kernels.lanes, reach = 2 * groups;
      const std::ptrdiff_t x_stride = count * (reach + 1);
      std::vector<std::ptrdiff_t> segments;
      for (int s = 0; s < count; ++s) segments.push_back(s * 2 * (reach + 1));
      trials.add([&](Arrays& arrays) {
        const std::int16_t* x = arrays.shorts((tiles - 1) * x_stride + segments.back() / 2 + reach);
        const std::int16_t* w = arrays.shorts(count * groups * width * 2);
        auto* y = arrays.out<std::int32_t>((tiles - 1) * (width + 1) + width);
        kernels.pair_product(x, x_stride, arrays.given(segments), count, groups, w, vectors, tiles,
                             y, width + 1);
      });
    }
  }
  return trials;
}

Trials try_reads(const Kernels& kernels) {
  Trials trials = begin(kernels, "peak_read");
  for (int steps = 1; steps <= 3; ++steps) {
    trials.add([&](Arrays& arrays) {
      const std::int64_t size = std::int64_t{steps} * kernels.read_step;
      kernels.peak_read(arrays.bytes(size), size);
    });
  }
  return trials;
}

}  // namespace

std::vector<Trials> try_int8_kernels(const Kernels& kernels) {
  return {try_products(kernels), try_rows(kernels),  try_lifts(kernels), try_pools(kernels),
          try_exact(kernels),    try_pairs(kernels), try_reads(kernels)};
}

}  // namespace digitcli::selftest
