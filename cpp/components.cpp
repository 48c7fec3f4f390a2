#include "components.h"

#include <algorithm>

namespace digitcli {
namespace {

// Sets that grow together (union-find, path halving); the smallest member stands for its set, so
// that the order of the sets is the order in which they were met.
class Sets {
 public:
  std::int32_t make() {
    parents_.push_back(static_cast<std::int32_t>(parents_.size()));
    return parents_.back();
  }
  std::int32_t find(std::int32_t i) {
    while (parents_[at(i)] != i) i = parents_[at(i)] = parents_[at(parents_[at(i)])];
    return i;
  }
  void join(std::int32_t a, std::int32_t b) {
    a = find(a), b = find(b);
    parents_[at(std::max(a, b))] = std::min(a, b);
  }
  std::size_t size() const { return parents_.size(); }

 private:
  static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
  std::vector<std::int32_t> parents_;
};

// Numbers the pixels provisionally, from 1; numbers of one component end up in one set.
Sets number(const Plane& mask, std::vector<std::int32_t>& labels) {
  Sets sets;
  sets.make();  // the paper's
  const int width = mask.width;
  for (int y = 0; y < mask.height; ++y) {
    const std::uint8_t* from = mask.row(y);
    std::int32_t* to = labels.data() + static_cast<std::ptrdiff_t>(y) * width;
    const std::int32_t* above = y > 0 ? to - width : nullptr;
    for (int x = 0; x < width; ++x) {
      if (!from[x]) continue;
      std::int32_t label = x > 0 ? to[x - 1] : 0;
      const auto meet = [&](std::int32_t other) {
        if (!other || other == label) return;
        if (label)
          sets.join(label, other);
        else
          label = other;
      };
      if (above) {
        meet(above[x]);
        if (x > 0) meet(above[x - 1]);
        if (x + 1 < width) meet(above[x + 1]);
      }
      to[x] = label ? label : sets.make();
    }
  }
  return sets;
}

void include(Component& component, int x, int y) {
  Box& box = component.box;
  if (component.area++ == 0) box = {x, y, 1, 1};
  const int right = std::max(box.x + box.width, x + 1);
  box.x = std::min(box.x, x);
  box.width = right - box.x;
  box.height = y + 1 - box.y;
}

}  // namespace

Components components_of(const Plane& mask) {
  Components result;
  result.labels.resize(mask.values.size());
  Sets sets = number(mask, result.labels);
  std::vector<std::int32_t> finals(sets.size());
  std::int32_t count = 0;
  for (std::size_t i = 1; i < finals.size(); ++i) {
    const auto label = static_cast<std::int32_t>(i);
    const std::int32_t root = sets.find(label);
    finals[i] = root == label ? ++count : finals[static_cast<std::size_t>(root)];
  }
  result.found.resize(static_cast<std::size_t>(count));
  std::int32_t* label = result.labels.data();
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x, ++label) {
      if (!*label) continue;
      *label = finals[static_cast<std::size_t>(*label)];
      include(result.found[static_cast<std::size_t>(*label - 1)], x, y);
    }
  }
  return result;
}

}  // namespace digitcli
