// How the columns of a matrix of weights are cut into panels.
#pragma once

namespace digitcli::network {

// `units` columns in panels of two vectors; the last has one if that is enough.
struct Cut {
  int units = 0;
  int width = 0;  // columns of a full panel: 2 * lanes
  int count = 0;  // panels
  int last_vectors = 0;

  Cut() = default;
  Cut(int all, int lanes) : units(all), width(2 * lanes), count((all + width - 1) / width) {
    last_vectors = units - (count - 1) * width > lanes ? 2 : 1;
  }

  int vectors(int panel) const { return panel + 1 < count ? 2 : last_vectors; }
};

}  // namespace digitcli::network
