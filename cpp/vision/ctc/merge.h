// Several looks at one line as one.
#pragma once
#include <cstdint>
#include <vector>

namespace digitcli::vision::ctc {

// The geometric mean of columns (count, kClasses) that several looks at one line gave, each row
// with the sum 1 again. Classes whose bit is set in `without` get nothing. All looks have as many
// values. What one look calls impossible is only very improbable, so that no row is empty.
std::vector<float> merged(const std::vector<std::vector<float>>& looks, std::uint32_t without);

}  // namespace digitcli::vision::ctc
