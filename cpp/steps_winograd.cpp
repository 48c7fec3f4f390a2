#include <algorithm>

#include "steps.h"

namespace digitcli {
namespace {

// Between the values of neighbouring points: without it, those of one channel would lie a power of
// two apart and fight for the same lines of the first cache.
constexpr std::ptrdiff_t kGap = 48;

// A step at work: the same three phases for one thread and for a team.
class Run {
 public:
  Run(const Step& step, const Context& context, int pictures, const float* in, float* out)
      : step_(step),
        context_(context),
        winograd_(context.kernels.winograd[step.tiles.form]),
        room_(step, pictures),
        pictures_(pictures),
        in_(in),
        out_(out) {}

  // Alone: panel by panel, so that its products are still in the cache when they are collected.
  void alone() const {
    const int strips = pictures_ * step_.tiles.down;
    for (int strip = 0; strip < strips; ++strip) transform(strip);
    for (int p = 0; p < step_.panels.count; ++p) {
      for (int point = 0; point < step_.tiles.all_points(); ++point)
        multiply(p, point, products(0));
      for (int strip = 0; strip < strips; ++strip) collect(p, strip, products(0));
    }
  }

  void together() const {
    const int strips = pictures_ * step_.tiles.down, panels = step_.panels.count;
    const int rows = step_.tiles.points;
    context_.team.each(strips, [&](int strip, int) { transform(strip); });
    context_.team.each(panels * rows, [&](int item, int) {
      const int p = item / rows, first = item % rows * rows;
      for (int i = 0; i < rows; ++i) multiply(p, first + i, products(p));
    });
    context_.team.each(panels * strips, [&](int item, int) {
      const int p = item / strips;
      collect(p, item % strips, products(p));
    });
  }

 private:
  float* products(int slot) const {
    return context_.shared().products.data() + slot * room_.panel_products;
  }

  // One strip: the tiles beside each other in one picture.
  void transform(int strip) const {
    const Plane& from = step_.in;
    const int picture = strip / step_.tiles.down, down = strip % step_.tiles.down;
    const float* x = in_ + picture * from.size() +
                     static_cast<std::ptrdiff_t>(down) * step_.tiles.outputs * from.row_stride();
    float* v = context_.shared().points.data() +
               static_cast<std::ptrdiff_t>(strip) * step_.tiles.across * from.padded;
    for (int across = 0; across < step_.tiles.across; ++across) {
      winograd_.input(x + across * step_.tiles.outputs * from.pixel_stride(), from.row_stride(),
                      from.pixel_stride(), from.padded, v + across * from.padded,
                      room_.point_stride);
    }
  }

  // All tiles at one point times the filters of one panel there.
  void multiply(int panel, int point, float* products) const {
    const int channels = step_.in.shape.channels, padded = step_.in.padded;
    const int vectors = step_.panels.vectors(panel), width = step_.panels.width;
    const float* x = context_.shared().points.data() + point * room_.point_stride;
    const float* w = step_.panels.panel(panel) + static_cast<std::ptrdiff_t>(point) * channels *
                                                     vectors * context_.kernels.lanes;
    float* y = products + point * room_.product_stride;
    for_each_tile(pictures_ * step_.tiles.count(), context_.kernels.max_rows,
                  [&](int first, int rows) {
                    context_.kernels.bare_product[vectors - 1][rows - 1](
                        x + static_cast<std::ptrdiff_t>(first) * padded, padded, channels, w,
                        y + static_cast<std::ptrdiff_t>(first) * width, width);
                  });
  }

  void collect(int panel, int strip, const float* products) const {
    const Plane& to = step_.out;
    const int width = step_.panels.width, outputs = step_.tiles.outputs;
    const int picture = strip / step_.tiles.down, row = strip % step_.tiles.down * outputs;
    const int rows = std::min(outputs, step_.unpooled.height - row);
    const int shrink = step_.pooled ? 2 : 1;
    float* y =
        out_ + picture * to.size() + to.interior() + row / shrink * to.row_stride() + panel * width;
    const float* m = products + static_cast<std::ptrdiff_t>(strip) * step_.tiles.across * width;
    for (int across = 0; across < step_.tiles.across; ++across) {
      const int column = across * outputs;
      winograd_.output(m + static_cast<std::ptrdiff_t>(across) * width, room_.product_stride,
                       step_.panels.vectors(panel) * context_.kernels.lanes,
                       step_.panels.bias.data() + panel * width, step_.layer.relu, step_.pooled,
                       within(rows, to.shape.height - row / shrink),
                       within(std::min(outputs, step_.unpooled.width - column),
                              to.shape.width - column / shrink),
                       y + column / shrink * to.pixel_stride(), to.row_stride(), to.pixel_stride());
    }
  }

  // A "valid" pool leaves the last row of an odd number of them out.
  int within(int values, int outputs) const {
    return step_.pooled ? std::min(values, 2 * outputs) : values;
  }

  const Step& step_;
  const Context& context_;
  const Winograd& winograd_;
  const WinogradRoom room_;
  const int pictures_;
  const float* in_;
  float* out_;
};

}  // namespace

WinogradRoom::WinogradRoom(const Step& step, int pictures) {
  const std::ptrdiff_t tiles = static_cast<std::ptrdiff_t>(pictures) * step.tiles.count();
  point_stride = tiles * step.in.padded + kGap;
  product_stride = tiles * step.panels.width + kGap;
  panel_products = step.tiles.all_points() * product_stride;
  all_points = step.tiles.all_points() * point_stride;
  all_products = step.panels.count * panel_products;
}

void run_winograd(const Step& step, const Context& context, int pictures, const float* in,
                  float* out) {
  const Run run(step, context, pictures, in, out);
  if (context.team.size() == 1) {
    run.alone();
  } else {
    run.together();
  }
}

}  // namespace digitcli
