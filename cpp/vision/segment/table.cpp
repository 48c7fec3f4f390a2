#include "vision/segment/table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace digitcli::vision {
namespace {

constexpr double kBeyond = 0.03;   // of its length: how far a rule may end before it is crossed
constexpr std::size_t kLeast = 3;  // rules across, and down
constexpr double kFairPart = 0.1;  // of the picture

double y_at(const RuledLine& rule, double x) {
  return rule.y0 + (rule.y1 - rule.y0) * (x - rule.x0) / (rule.x1 - rule.x0);
}

double x_at(const RuledLine& rule, double y) {
  return rule.x0 + (rule.x1 - rule.x0) * (y - rule.y0) / (rule.y1 - rule.y0);
}

// Whether the rule from (ax, ay), mostly to the right, meets the one that goes mostly down.
bool cross(const RuledLine& across, const RuledLine& down) {
  const double dx = across.x1 - across.x0, dy = across.y1 - across.y0;
  const double ex = down.x1 - down.x0, ey = down.y1 - down.y0;
  const double turn = dx * ey - dy * ex;
  if (turn == 0) return false;
  const double gx = down.x0 - across.x0, gy = down.y0 - across.y0;
  const double along = (gx * ey - gy * ex) / turn, below = (gx * dy - gy * dx) / turn;
  const auto inside = [](double part) { return part >= -kBeyond && part <= 1 + kBeyond; };
  return inside(along) && inside(below);
}

bool goes_across(const RuledLine& rule) {
  return std::fabs(rule.x1 - rule.x0) > std::fabs(rule.y1 - rule.y0);
}

// For each rule the number of the group of crossing rules it belongs to.
std::vector<std::size_t> groups_of(const std::vector<RuledLine>& rules) {
  std::vector<std::size_t> group(rules.size());
  std::iota(group.begin(), group.end(), std::size_t{0});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (std::size_t j = 0; j < rules.size(); ++j) {
      const std::size_t from = group[j], to = group[i];
      if (from != to && goes_across(rules[i]) && !goes_across(rules[j]) &&
          cross(rules[i], rules[j]))
        std::replace(group.begin(), group.end(), from, to);
    }
  }
  return group;
}

}  // namespace

Table::Table(std::vector<RuledLine> across, std::vector<RuledLine> down)
    : across_(std::move(across)), down_(std::move(down)) {}

bool Table::holds(const Box& box) const {
  const double x = box.x + box.width / 2.0, y = box.y + box.height / 2.0;
  return x > x_at(down_.front(), y) && x < x_at(down_.back(), y) && y > y_at(across_.front(), x) &&
         y < y_at(across_.back(), x);
}

std::optional<Table> table_of(const std::vector<RuledLine>& rules, int height, int width) {
  const std::vector<std::size_t> group = groups_of(rules);
  std::vector<RuledLine> across, down;
  for (const std::size_t number : group) {  // each group as often as it has rules: they are few
    std::vector<RuledLine> flat, steep;
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (group[i] == number) (goes_across(rules[i]) ? flat : steep).push_back(rules[i]);
    if (std::min(flat.size(), steep.size()) > std::min(across.size(), down.size()))
      across = std::move(flat), down = std::move(steep);
  }
  if (std::min(across.size(), down.size()) < kLeast) return std::nullopt;
  const auto sum = [](const std::vector<RuledLine>& all, auto part) {
    return std::accumulate(
               all.begin(), all.end(), 0.0,
               [&](double total, const RuledLine& rule) { return total + part(rule); }) /
           static_cast<double>(all.size());
  };
  const double x = sum(down, [](const RuledLine& rule) { return (rule.x0 + rule.x1) / 2; });
  const double y = sum(across, [](const RuledLine& rule) { return (rule.y0 + rule.y1) / 2; });
  std::sort(across.begin(), across.end(),
            [x](const RuledLine& a, const RuledLine& b) { return y_at(a, x) < y_at(b, x); });
  std::sort(down.begin(), down.end(),
            [y](const RuledLine& a, const RuledLine& b) { return x_at(a, y) < x_at(b, y); });
  const double area = (x_at(down.back(), y) - x_at(down.front(), y)) *
                      (y_at(across.back(), x) - y_at(across.front(), x));
  if (area < kFairPart * height * width) return std::nullopt;
  return Table(std::move(across), std::move(down));
}

}  // namespace digitcli::vision
