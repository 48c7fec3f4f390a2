#include "network/float32/steps.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "base/round_up.h"
#include "network/window.h"

namespace digitcli::network::float32 {
namespace {

// Rows of windows in a row, in as few calls as edges allow: those that lie inside are alike.
void pool_row(Pool* pool, const Step& step, const float* in, Span rows, float* y) {
  const Layer& layer = step.layer;
  const Plane& from = step.in;
  const int before = column_padding(layer, from.shape).before;
  const int window = layer.kind == Kind::average_pool ? from.shape.width : layer.window.columns;
  const auto span = [&](int column) {
    return clip(column, layer.stride.columns, window, before, from.shape.width);
  };
  for (int column = 0; column < step.out.shape.width;) {
    const Span columns = span(column);
    int count = 1;
    while (column + count < step.out.shape.width && columns.count == window &&
           span(column + count).count == window) {
      ++count;
    }
    pool(
        in + from.interior() + rows.begin * from.row_stride() + columns.begin * from.pixel_stride(),
        from.row_stride(), from.pixel_stride(), rows.count, columns.count, count,
        layer.stride.columns * from.pixel_stride(), y + column * step.out.pixel_stride(),
        step.out.pixel_stride(), step.out.padded);
    column += count;
  }
}

// One row of a convolution's output, one panel of its filters; of the window only the rows that lie
// inside the picture are multiplied.
void convolve_row(const Step& step, const Kernels& kernels, int panel, int row, const float* in,
                  float* y, std::ptrdiff_t y_stride) {
  const Plane& from = step.in;
  const Layer& layer = step.layer;
  int skipped = 0, segments = static_cast<int>(step.segments.size());
  if (step.segments_per_row > 0) {
    const int start = row * layer.stride.rows - from.rows.before;
    const Span inside =
        clip(row, layer.stride.rows, layer.window.rows, from.rows.before, from.shape.height);
    skipped = (inside.begin - start) * step.segments_per_row;
    segments = inside.count * step.segments_per_row;
  }
  const Panels& panels = step.packed->panels;
  const float* w = panels.panel(panel) + static_cast<std::ptrdiff_t>(skipped) * step.segment_depth *
                                             panels.columns(panel);
  const float* x = in + row * layer.stride.rows * from.row_stride();
  const std::ptrdiff_t x_stride = layer.stride.columns * from.pixel_stride();
  for_each_tile(step.unpooled.width, kernels.max_rows, [&](int first, int rows) {
    kernels.product[panels.halves(panel) - 1][rows - 1](
        x + first * x_stride, x_stride, step.segments.data() + skipped, segments,
        step.segment_depth, w, panels.bias.data() + panel * panels.width, y + first * y_stride,
        y_stride, layer.relu);
  });
}

// Two rows of a convolution into memory that stays in the cache, and from there their largest.
void convolve_and_pool(const Step& step, const Kernels& kernels, base::Aligned<float>& unpooled,
                       int panel, int row, const float* in, float* y) {
  const int width = step.packed->panels.width, columns = step.unpooled.width;
  const int rows = std::min(2, step.unpooled.height - 2 * row);
  float* two = unpooled.data();
  const std::ptrdiff_t two_stride = static_cast<std::ptrdiff_t>(columns) * width;
  for (int i = 0; i < rows; ++i) {
    convolve_row(step, kernels, panel, 2 * row + i, in, two + i * two_stride, width);
  }
  const int channels = step.packed->panels.columns(panel);
  const int whole = std::min(columns / 2, step.out.shape.width);
  kernels.max_pool(two, two_stride, width, rows, 2, whole, 2 * width, y, step.out.pixel_stride(),
                   channels);
  if (whole < step.out.shape.width) {
    kernels.max_pool(two + whole * 2 * width, two_stride, width, rows, 1, 1, 0,
                     y + whole * step.out.pixel_stride(), step.out.pixel_stride(), channels);
  }
}

// The columns of one or two rows of output that a first convolution's kernel has to compute: tiles
// from the first to the last that ink reaches.
Span inked_columns(const Step& step, const Ink& ink, Span rows, int columns, int tile) {
  if (step.blank == nullptr) return {0, columns};
  std::uint64_t inked = 0;
  for (int row = rows.begin; row < rows.begin + rows.count; ++row) {
    inked |= ink.of(step.seen.rows[static_cast<std::size_t>(row)]);
  }
  if (inked == 0) return {0, 0};
  const int before = column_padding(step.layer, step.input).before;
  const int begin = std::countr_zero(inked) + before - (step.layer.window.columns - 1);
  const int end = std::bit_width(inked) + before;
  const int first = std::max(0, begin) / tile * tile;
  return {first, std::min(columns, base::round_up(end, tile)) - first};
}

void run_one_channel(const Step& step, const Context& context, int pictures, const float* in,
                     float* out) {
  const Plane &from = step.in, &to = step.out;
  const int pairs = step.pooled ? to.shape.height : (to.shape.height + 1) / 2;
  const int rows_per_pair = step.pooled ? 1 : 2, shrink = step.pooled ? 2 : 1;
  const int columns =
      step.pooled ? std::min(step.unpooled.width, 2 * to.shape.width) : step.unpooled.width;
  const auto& kernels = context.kernels.one_channel[step.layer.window.rows / 2 - 1];
  // Neighbours go to the same worker, so that few rows are read by two of them.
  const int all = pictures * pairs, shares = std::min(context.team.size(), all);
  context.team.each(shares, [&](int share, int) {
    for (int item = all * share / shares; item < all * (share + 1) / shares; ++item) {
      const int picture = item / pairs, pair = item % pairs;
      const Span rows{pair * rows_per_pair,
                      std::min(rows_per_pair, to.shape.height - pair * rows_per_pair)};
      const Span inked =
          inked_columns(step, context.shared().ink[static_cast<std::size_t>(picture)], rows,
                        columns, context.kernels.one_channel_columns);
      if (inked.count < columns) {
        const int before = inked.begin / shrink, after = (inked.begin + inked.count) / shrink;
        float* plane = out + picture * to.size();
        copy_pixels(to, rows, {0, before}, step.blank->data(), plane);
        copy_pixels(to, rows, {after, to.shape.width - after}, step.blank->data(), plane);
        if (inked.count == 0) continue;
      }
      const float* x = in + picture * from.size() + 2 * pair * from.row_stride() + inked.begin;
      float* y = out + picture * to.size() + to.interior() + rows.begin * to.row_stride() +
                 inked.begin / shrink * to.pixel_stride();
      for (int p = 0; p < step.packed->panels.count; ++p) {
        const int first = p * step.packed->panels.width;
        kernels[step.packed->panels.halves(p) - 1](
            x, from.row_stride(), step.packed->panels.panel(p),
            step.packed->panels.bias.data() + first, step.layer.relu, step.pooled,
            std::min(2, step.unpooled.height - 2 * pair), inked.count, y + first, to.row_stride(),
            to.pixel_stride());
      }
    }
  });
}

// What the kernel for one channel computes: all tiles but those that are blank.
double one_channel_flops(const Step& step, const Kernels& kernels, const float* in) {
  const int window = step.layer.window.rows, tile = kernels.one_channel_columns;
  const Shape out = step.pooled ? Shape{std::min(step.unpooled.height, 2 * step.out.shape.height),
                                        std::min(step.unpooled.width, 2 * step.out.shape.width), 1}
                                : step.unpooled;
  double outputs = 0;
  for (int row = 0; row < out.height; row += 2) {
    const int rows = std::min(2, out.height - row);
    for (int column = 0; column < out.width; column += tile) {
      const float* x = in + row * step.in.row_stride() + column;
      bool blank = true;
      for (int y = 0; y < window - 1 + rows; ++y, x += step.in.row_stride()) {
        blank = blank && std::all_of(x, x + window - 1 + tile, [](float v) { return v == 0; });
      }
      if (!blank) outputs += rows * std::min(tile, out.width - column);
    }
  }
  return 2.0 * outputs * window * window * step.layer.units;
}

}  // namespace

double flops_of(const Step& step, const Context& context, int pictures, const float* in) {
  if (step.algorithm == Algorithm::dense && pictures == 1) return row_flops(step, in);
  if (step.algorithm == Algorithm::winograd)
    return pictures * step.flops_done * winograd_part(step, context, pictures, in);
  if (step.algorithm != Algorithm::direct || !runs_on_one_channel(step.layer, step.in.padded)) {
    return pictures * step.flops_done;
  }
  double flops = 0;
  for (int i = 0; i < pictures; ++i) {
    flops += one_channel_flops(step, context.kernels, in + i * step.in.size());
  }
  return flops;
}

void copy_output(const Step& step, const float* from, void* to, int image) {
  copy_interior(step.out, from,
                static_cast<float*>(to) + static_cast<std::size_t>(image) * step.out.shape.size());
}

void run_direct(const Step& step, const Context& context, int pictures, const float* in,
                float* out) {
  if (runs_on_one_channel(step.layer, step.in.padded))
    return run_one_channel(step, context, pictures, in, out);
  const Plane& to = step.out;
  const int rows = to.shape.height;
  context.team.each(pictures * rows, [&](int item, int worker) {
    const int picture = item / rows, row = item % rows;
    if (step.blank != nullptr) {
      const Ink& ink = context.shared().ink[static_cast<std::size_t>(picture)];
      if (ink.of(step.seen.rows[static_cast<std::size_t>(row)]) == 0) {
        return copy_pixels(to, {row, 1}, {0, to.shape.width}, step.blank->data(),
                           out + picture * to.size());
      }
    }
    const float* x = in + picture * step.in.size();
    float* y = out + picture * to.size() + to.interior() + row * to.row_stride();
    for (int p = 0; p < step.packed->panels.count; ++p) {
      float* columns = y + p * step.packed->panels.width;
      if (step.pooled) {
        convolve_and_pool(step, context.kernels, context.own(worker).unpooled, p, row, x, columns);
      } else {
        convolve_row(step, context.kernels, p, row, x, columns, to.pixel_stride());
      }
    }
  });
}

void run_pool(const Step& step, const Context& context, int pictures, const float* in, float* out) {
  const Plane &from = step.in, &to = step.out;
  const bool average = step.algorithm == Algorithm::average_pool;
  Pool* pool = average ? context.kernels.average_pool : context.kernels.max_pool;
  for (int picture = 0; picture < pictures; ++picture) {
    for (int row = 0; row < to.shape.height; ++row) {
      const Span rows = average
                            ? Span{0, from.shape.height}
                            : clip(row, step.layer.stride.rows, step.layer.window.rows,
                                   row_padding(step.layer, from.shape).before, from.shape.height);
      pool_row(pool, step, in + picture * from.size(), rows,
               out + picture * to.size() + to.interior() + row * to.row_stride());
    }
  }
}

void run_picture_step(const Step& step, const Context& context, int pictures, const float* in,
                      float* out) {
  switch (step.algorithm) {
    case Algorithm::direct:
      return run_direct(step, context, pictures, in, out);
    case Algorithm::winograd:
      return run_winograd(step, context, pictures, in, out);
    case Algorithm::max_pool:
    case Algorithm::average_pool:
      return run_pool(step, context, pictures, in, out);
    case Algorithm::dense:
      return;  // never among the picture steps
  }
}

}  // namespace digitcli::network::float32
