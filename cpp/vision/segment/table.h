// Tables: rules that cross, and what stands between them.
#pragma once
#include <optional>
#include <vector>

#include "vision/page/page.h"

namespace digitcli::vision {

class Table {
 public:
  // Top to bottom, and left to right.
  Table(std::vector<RuledLine> across, std::vector<RuledLine> down);

  // Whether the middle of `box` lies inside the outermost rules.
  bool holds(const Box& box) const;

 private:
  std::vector<RuledLine> across_, down_;
};

// The largest table among `rules`, empty where none has two rows and two columns and takes up a
// fair part of the picture: a few crossing lines are no table.
std::optional<Table> table_of(const std::vector<RuledLine>& rules, int height, int width);

}  // namespace digitcli::vision
