// The least multiple of `unit` that is not below `value`; both are at least 0.
#pragma once

namespace digitcli::base {

template <class Whole>
constexpr Whole round_up(Whole value, Whole unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace digitcli::base
