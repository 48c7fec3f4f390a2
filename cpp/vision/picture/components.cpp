#include "vision/picture/components.h"

#include <algorithm>
#include <cstring>

namespace digitcli::vision {
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

// Unbroken ink on one row: pixels [begin, end).
struct Run {
  int y, begin, end;
};

// The first pixel of ink from `at` on, eight at a time where there is none.
const std::uint8_t* next_ink(const std::uint8_t* at, const std::uint8_t* end) {
  for (std::uint64_t eight = 0; end - at >= 8; at += 8) {
    std::memcpy(&eight, at, 8);
    if (eight) break;
  }
  return std::find_if(at, end, [](std::uint8_t mark) { return mark != 0; });
}

void add_runs(const std::uint8_t* row, int width, int y, std::vector<Run>& runs) {
  const std::uint8_t* const end = row + width;
  for (const std::uint8_t* at = next_ink(row, end); at != end; at = next_ink(at, end)) {
    const void* const paper = std::memchr(at, 0, static_cast<std::size_t>(end - at));
    const auto* const stop = paper ? static_cast<const std::uint8_t*>(paper) : end;
    runs.push_back({y, static_cast<int>(at - row), static_cast<int>(stop - row)});
    at = stop;
  }
}

// Joins the runs [above, here) of one row with those of the next, [here, end), that they touch.
void join_rows(const std::vector<Run>& runs, std::size_t above, std::size_t here, Sets& sets) {
  for (std::size_t i = above, j = here; i < here && j < runs.size();) {
    const Run &upper = runs[i], &lower = runs[j];
    if (upper.begin <= lower.end && lower.begin <= upper.end)
      sets.join(static_cast<std::int32_t>(i), static_cast<std::int32_t>(j));
    upper.end < lower.end ? ++i : ++j;
  }
}

void include(Component& component, const Run& run) {
  Box& box = component.box;
  if (component.area == 0) box = {run.begin, run.y, 0, 0};
  component.area += run.end - run.begin;
  const int right = std::max(box.x + box.width, run.end);
  box.x = std::min(box.x, run.begin);
  box.width = right - box.x;
  box.height = run.y + 1 - box.y;
}

}  // namespace

Components components_of(const Plane& mask) {
  std::vector<Run> runs;
  Sets sets;
  std::size_t above = 0;  // the first run of the row above
  for (int y = 0; y < mask.height; ++y) {
    const std::size_t here = runs.size();
    add_runs(mask.row(y), mask.width, y, runs);
    while (sets.size() < runs.size()) sets.make();
    join_rows(runs, above, here, sets);
    above = here;
  }
  Components result;
  result.labels.resize(mask.values.size());
  std::vector<std::int32_t> numbers(runs.size());  // of their components, from 0
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto root = static_cast<std::size_t>(sets.find(static_cast<std::int32_t>(i)));
    if (root == i) {
      numbers[i] = static_cast<std::int32_t>(result.found.size());
      result.found.push_back({});
    }
    const std::int32_t number = numbers[i] = numbers[root];
    const Run& run = runs[i];
    include(result.found[static_cast<std::size_t>(number)], run);
    const auto row = result.labels.begin() + static_cast<std::ptrdiff_t>(run.y) * mask.width;
    std::fill(row + run.begin, row + run.end, number + 1);
  }
  return result;
}

}  // namespace digitcli::vision
