// Prefix beam search (A. Graves, "Supervised Sequence Labelling with Recurrent Neural Networks",
// 2012, chapter 7; in the form of A. Hannun et al., "First-Pass Large Vocabulary Continuous Speech
// Recognition using Bi-Directional Recurrent DNNs", 2014).
#pragma once
#include <algorithm>
#include <array>
#include <vector>

#include "vision/ctc/columns.h"
#include "vision/ctc/mass.h"

namespace digitcli::vision::ctc {

// A labelling and the summed probability of its paths; a lower bound where the beam lost some.
struct Found {
  Labels labels;
  Mass mass;
};

// Keeps the `width` most probable prefixes at each column. `Guide` says what may be spelled, and
// what a prefix is worth; prefixes are ranked by their own probability times that:
//   int step(int state, int label)                  the next state, -1 for none; the start is 0
//   Mass behind(int column, int state, int latest)  of the paths behind `column` that end well
template <class Guide>
class Beam {
 public:
  Beam(const Matrix& matrix, Guide& guide, int width)
      : matrix_(matrix), guide_(guide), width_(static_cast<std::size_t>(width)) {}

  // Whole labellings that end well, most probable first.
  std::vector<Found> run() {
    nodes_.emplace_back();
    entries_.push_back({0, 0, -1, 1, {}, {}});
    for (int t = 0; t < matrix_.columns(); ++t) step(t);
    std::vector<Found> found;
    for (const Entry& entry : entries_) {
      if (!entry.rank.zero()) found.push_back({labels_of(entry.node), entry.rank});
    }
    return found;
  }

 private:
  struct Node {  // of the tree of prefixes
    int parent = -1, label = -1;
    int slot = -1;  // its place in `next_`, -1 for none
    std::array<int, kClasses> children;
    Node() { children.fill(-1); }
  };

  struct Entry {
    int node;  // -1: the child `label` of `parent`, which has no node yet
    int state;
    int parent;
    Mass blank, label;  // of the paths that end in a blank, and in the latest label
    Mass rank;
    int latest = -1;
  };

  void step(int t) {
    next_.clear();
    for (const Entry& entry : entries_) stay(t, entry);
    const Mass least = entries_.size() < width_ ? Mass() : least_rank();
    for (const Entry& entry : entries_) extend(t, entry, least);
    for (Entry& entry : next_) {
      if (entry.node >= 0) nodes_[at(entry.node)].slot = -1;
      entry.rank = rank_of(t, entry);
    }
    keep_best();
  }

  void stay(int t, const Entry& entry) {
    Entry made = entry;
    made.blank = Mass(matrix_[t][matrix_.blank()]) * (entry.blank + entry.label);
    made.label = entry.latest < 0 ? Mass() : Mass(matrix_[t][entry.latest]) * entry.label;
    made.rank = rank_of(t, made);
    nodes_[at(entry.node)].slot = static_cast<int>(next_.size());
    next_.push_back(made);
  }

  // All one longer; those that are worth less than `least` have no place in the beam.
  void extend(int t, const Entry& entry, Mass least) {
    const Mass both = entry.blank + entry.label;
    for (int c = 0; c < matrix_.blank(); ++c) {
      const double p = matrix_[t][c];
      const int state = p > 0 ? guide_.step(entry.state, c) : -1;
      if (state < 0) continue;
      const Mass mass = Mass(p) * (c == entry.latest ? entry.blank : both);
      const int child = nodes_[at(entry.node)].children[at(c)];
      const int slot = child < 0 ? -1 : nodes_[at(child)].slot;
      if (slot >= 0) {
        next_[at(slot)].label += mass;
      } else if (!mass.zero() && !(mass * guide_.behind(t, state, c) < least)) {
        next_.push_back({child, state, entry.node, {}, mass, {}, c});
      }
    }
  }

  Mass rank_of(int t, const Entry& entry) {
    const Mass blank = entry.blank * guide_.behind(t, entry.state, matrix_.blank());
    if (entry.latest < 0) return blank;
    return blank + entry.label * guide_.behind(t, entry.state, entry.latest);
  }

  Mass least_rank() const {
    return std::min_element(next_.begin(), next_.end(),
                            [](const Entry& a, const Entry& b) { return a.rank < b.rank; })
        ->rank;
  }

  void keep_best() {
    std::stable_sort(next_.begin(), next_.end(),
                     [](const Entry& a, const Entry& b) { return b.rank < a.rank; });
    if (next_.size() > width_) next_.resize(width_);
    for (Entry& entry : next_) {
      if (entry.node < 0) entry.node = node_of(entry.parent, entry.latest);
    }
    entries_.swap(next_);
  }

  int node_of(int parent, int label) {
    const int made = static_cast<int>(nodes_.size());
    nodes_.emplace_back();
    nodes_.back().parent = parent;
    nodes_.back().label = label;
    return nodes_[at(parent)].children[at(label)] = made;
  }

  Labels labels_of(int node) const {
    Labels labels;
    for (; nodes_[at(node)].parent >= 0; node = nodes_[at(node)].parent) {
      labels.push_back(static_cast<std::uint8_t>(nodes_[at(node)].label));
    }
    return {labels.rbegin(), labels.rend()};
  }

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  const Matrix& matrix_;
  Guide& guide_;
  const std::size_t width_;
  std::vector<Node> nodes_;
  std::vector<Entry> entries_, next_;
};

}  // namespace digitcli::vision::ctc
