#include "network/int8/steps.h"

#include <algorithm>
#include <cstring>

#include "network/window.h"

namespace digitcli::network::int8 {
namespace {

Int8Layer layer_of(const Step& step) {
  Int8Layer layer{};
  layer.segments = step.segments.data();
  layer.segment_count = static_cast<int>(step.segments.size());
  layer.groups = step.panels.groups;
  layer.w = step.panels.weight.data();
  layer.panel_stride = step.panels.stride();
  layer.panels = step.panels.count;
  layer.last_vectors = step.panels.last_vectors;
  layer.units = step.panels.units;
  layer.bias = step.panels.bias.data();
  layer.scale = step.panels.scale.data();
  layer.pool2 = step.pooled;
  layer.logits = step.layer.logits;
  return layer;
}

void convolve(const Step& step, const Kernels& kernels, const std::uint8_t* in, std::uint8_t* out,
              int begin, int end) {
  Int8Layer layer = layer_of(step);
  layer.x = in;
  layer.row_stride = step.in.row_stride() * (step.lift > 0 ? 1 : step.layer.stride);
  layer.column_stride = static_cast<std::ptrdiff_t>(step.layer.stride) * step.in.pixel;
  layer.height = step.sums.height;
  layer.width = step.sums.width;
  layer.y = out + step.out.interior();
  layer.y_row_stride = step.out.row_stride();
  layer.y_column_stride = step.out.pixel;
  kernels.int8_product(layer, begin, end, 0, layer.panels);
}

void max_pool(const Step& step, const Kernels& kernels, const std::uint8_t* in, std::uint8_t* out,
              int begin, int end) {
  const Plane& from = step.in;
  const Plane& to = step.out;
  const auto span = [&](int output, int size) {
    const Layer& layer = step.layer;
    return clip(output, layer.stride, layer.window, padding_of(layer, size).before, size);
  };
  for (int row = begin; row < end; ++row) {
    const Span rows = span(row, from.shape.height);
    for (int column = 0; column < to.shape.width; ++column) {
      const Span columns = span(column, from.shape.width);
      kernels.int8_max_pool(in + from.interior() + rows.begin * from.row_stride() +
                                static_cast<std::ptrdiff_t>(columns.begin) * from.pixel,
                            from.row_stride(), from.pixel, rows.count, columns.count,
                            out + to.interior() + row * to.row_stride() +
                                static_cast<std::ptrdiff_t>(column) * to.pixel,
                            to.shape.channels);
    }
  }
}

}  // namespace

int rows_of(const Step& step) {
  return step.layer.kind == Kind::average_pool ? 1 : step.out.shape.height;
}

void run_picture_step(const Step& step, const Kernels& kernels, const std::uint8_t* in, void* out,
                      int begin, int end) {
  auto* bytes = static_cast<std::uint8_t*>(out);
  switch (step.layer.kind) {
    case Kind::conv:
      return convolve(step, kernels, in, bytes, begin, end);
    case Kind::max_pool:
      return max_pool(step, kernels, in, bytes, begin, end);
    case Kind::average_pool:
      return kernels.int8_average_pool(in + step.in.interior(), step.in.row_stride(), step.in.pixel,
                                       step.in.shape.height, step.in.shape.width, step.scale,
                                       step.layer.logits, out, step.out.pixel);
    case Kind::dense:
      return;  // never among the picture steps
  }
}

int pixel_rows(const Plan& plan) {
  const bool lifted = !plan.picture_steps.empty() && plan.picture_steps.front().lift > 0;
  return lifted ? plan.picture_steps.front().in.shape.height : plan.input.height;
}

void fill_plane(const Plan& plan, const Kernels& kernels, const std::uint8_t* pixels,
                std::uint8_t* plane, int begin, int end) {
  if (!plan.picture_steps.empty() && plan.picture_steps.front().lift > 0) {
    const Step& step = plan.picture_steps.front();
    const int above = padding_of(step.layer, plan.input.height).before;
    for (int row = begin; row < end; ++row) {
      kernels.int8_lift(pixels, plan.input.height, plan.input.width,
                        row * step.layer.stride - above, step.layer.window,
                        plane + step.in.interior() + row * step.in.row_stride());
    }
    return;
  }
  const std::ptrdiff_t bytes = static_cast<std::ptrdiff_t>(plan.input.width) * plan.input.channels;
  for (int row = begin; row < end; ++row) {
    std::memcpy(plane + plan.first.interior() + row * plan.first.row_stride(), pixels + row * bytes,
                static_cast<std::size_t>(bytes));
  }
}

void run_dense_step(const Step& step, const Kernels& kernels, const std::uint8_t* in,
                    std::ptrdiff_t in_stride, int rows, void* out, std::ptrdiff_t out_stride,
                    int begin, int end) {
  Int8Layer layer = layer_of(step);
  layer.x = in;
  layer.y = out;
  layer.width = std::min(rows, kTileColumns);
  layer.height = (rows + kTileColumns - 1) / kTileColumns;
  layer.column_stride = in_stride;
  layer.row_stride = kTileColumns * in_stride;
  layer.y_column_stride = out_stride;
  layer.y_row_stride = kTileColumns * out_stride;
  kernels.int8_product(layer, 0, layer.height, begin, end);
}

int gather_row(const Step& step, const Kernels& kernels, const std::uint8_t* in,
               const RowScratch& scratch) {
  return kernels.int8_gather(in, static_cast<int>(step.in.size()), scratch.value, scratch.index);
}

void run_dense_row(const Step& step, const Kernels& kernels, const RowScratch& scratch, int count,
                   void* out, int begin, int end) {
  Int8Layer layer = layer_of(step);
  layer.w = step.rows.weight.data();
  layer.panel_stride = step.rows.stride;
  layer.y = out;
  kernels.int8_row_product(layer, scratch.value, scratch.index, count, begin, end);
}

}  // namespace digitcli::network::int8
