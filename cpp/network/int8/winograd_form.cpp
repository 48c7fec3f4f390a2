#include "network/int8/winograd_form.h"

#include <array>
#include <cstddef>

#include "kernels/int8_points.h"
#include "kernels/kernels.h"

namespace digitcli::network::int8 {
namespace {

const std::array<Form, kExactForms>& forms() {
  static const std::array<Form, kExactForms> all = {
      Form{3,
           255,
           75,
           100,
           {{6, 0, 0}, {1, 1, 1}, {1, -1, 1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 6}},
           {{{0, 0, 1}}, {{1, 1, 1}}, {{2, 2, 1}}, {{3, 3, 1}}, {{4, 4, 1}}, {{5, 5, 1}}},
           -1},
      Form{5,
           128,
           170,
           240,
           {{2, 0, 0, 0, 0},
            {1, 1, 1, 1, 1},
            {1, -1, 1, -1, 1},
            {2, 0, -2, 0, 2},
            {0, 2, 0, -2, 0},
            {1, 2, 4, 8, 16},
            {1, -2, 4, -8, 16},
            {0, 0, 0, 0, 2}},
           {{{0, 0, 1}},
            {{1, 1, 1}},
            {{2, 2, 1}},
            {{3, 3, 1}, {4, 4, -1}},
            {{4, 3, 1}, {3, 4, 1}},
            {{5, 5, 1}},
            {{6, 6, 1}},
            {{7, 7, 1}}},
           ExactSquare::kFirst}};
  return all;
}

// Whether a tile has a place of one dimension: those before the last one may be missing.
bool has_place(int missing, int place, int places) {
  return place < places - 1 - missing || place == places - 1;
}

}  // namespace

std::vector<Term> Form::terms_down(int down, int across) const {
  const auto in_square = [&](int place) { return place == square || place == square + 1; };
  if (square >= 0 && in_square(down) && in_square(across)) return {{down, down, 1}};
  return terms[static_cast<std::size_t>(down)];
}

int Form::count_terms(int missing_rows, int missing_columns) const {
  const int places = static_cast<int>(terms.size());
  std::size_t count = 0;
  for (int down = 0; down < places; ++down) {
    for (int across = 0; across < places; ++across) {
      if (!has_place(missing_rows, down, places) || !has_place(missing_columns, across, places)) {
        continue;
      }
      count += terms_down(down, across).size() * terms[static_cast<std::size_t>(across)].size();
    }
  }
  return static_cast<int>(count);
}

const Form& form_of(int window) { return forms()[window == 3 ? 0 : 1]; }

}  // namespace digitcli::network::int8
